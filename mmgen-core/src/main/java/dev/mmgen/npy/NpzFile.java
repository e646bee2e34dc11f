package dev.mmgen.npy;

import dev.mmgen.torch.io.FileReason;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** An open {@code .npz} file: a zip archive of named arrays, each read when it is asked for. Not thread-safe. */
public final class NpzFile implements AutoCloseable {

    private static final String SUFFIX = ".npy";

    private final Path file;
    private final ZipFile zip;

    private NpzFile(Path file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    /**
     * Opens a file.
     *
     * @throws NpyException if it is missing or not a zip archive
     */
    public static NpzFile open(Path file) {
        try {
            return new NpzFile(file, new ZipFile(file.toFile()));
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new NpyException(file, "no such file", e);
        } catch (IOException e) {
            throw new NpyException(file, "is not an .npz file: " + FileReason.reading(e), e);
        } catch (IllegalArgumentException e) {
            throw new NpyException(file, "is not an .npz file: " + e.getMessage(), e);
        }
    }

    /** Returns the names of the arrays. */
    public List<String> names() {
        return zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith(SUFFIX))
                .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                .toList();
    }

    /**
     * Reads an array.
     *
     * @throws NpyException if there is none of that name, or it is damaged, of another type or larger than
     *     {@link NpyArray#MAX_BYTES}
     */
    public NpyArray read(String name) {
        return read(name, NpyArray.MAX_BYTES);
    }

    /**
     * Reads an array that is expected to be small.
     *
     * @param maxBytes of its elements
     * @throws NpyException as {@link #read(String)}, and if the array is larger
     */
    public NpyArray read(String name, long maxBytes) {
        try (InputStream in = stream(name)) {
            NpyArray array = NpyArray.read(in, maxBytes);
            if (in.read() >= 0) {
                throw new IOException("bytes follow the array");
            }
            return array;
        } catch (IOException e) {
            throw new NpyException(file, "array '" + name + "' cannot be read: " + FileReason.reading(e), e);
        }
    }

    /**
     * Opens the bytes of an array, for {@link NpyHeader#read} and then its elements, so that an array larger than memory can
     * be read piece by piece.
     *
     * @throws NpyException if there is none of that name
     * @throws IOException if the archive is damaged
     */
    public InputStream stream(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name + SUFFIX);
        if (entry == null) {
            List<String> names = names();
            throw new NpyException(
                    file, "has no array '" + name + "', only " + names.subList(0, Math.min(names.size(), 20)));
        }
        return new BufferedInputStream(zip.getInputStream(entry), 1 << 16);
    }

    /** Returns the file. */
    public Path file() {
        return file;
    }

    /** Closes the file. Closing twice has no effect. */
    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw new NpyException(file, "cannot be closed: " + FileReason.reading(e), e);
        }
    }
}
