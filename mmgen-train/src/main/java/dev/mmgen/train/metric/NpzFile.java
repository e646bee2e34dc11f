package dev.mmgen.train.metric;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Named arrays in an {@code .npz} file, read when asked for. */
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
     * @throws MetricFileException if it is missing or no {@code .npz} file
     */
    public static NpzFile open(Path file) {
        try {
            return new NpzFile(file, new ZipFile(file.toFile()));
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new MetricFileException(file, "there is no such file", e);
        } catch (IOException e) {
            throw MetricFileException.of(file, "is no .npz file", e);
        } catch (IllegalArgumentException e) {
            throw new MetricFileException(file, "is no .npz file: " + e.getMessage(), e);
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
     * @throws MetricFileException if there is none of that name, or it is damaged, of another type or over
     *                             {@link NpyArray#MAX_BYTES}
     */
    public NpyArray read(String name) {
        return read(name, NpyArray.MAX_BYTES);
    }

    NpyArray read(String name, long maxBytes) {
        try (InputStream in = stream(name)) {
            NpyArray array = NpyArray.read(in, maxBytes);
            if (in.read() >= 0) {
                throw new IOException("the entry goes on after its array");
            }
            return array;
        } catch (IOException e) {
            throw MetricFileException.of(file, "array '" + name + "' cannot be read", e);
        }
    }

    /** Opens the bytes of an array, header first. */
    InputStream stream(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name + SUFFIX);
        if (entry == null) {
            List<String> names = names();
            throw new MetricFileException(
                    file, "has no array '" + name + "', only " + names.subList(0, Math.min(names.size(), 20)));
        }
        return new BufferedInputStream(zip.getInputStream(entry), 1 << 16);
    }

    Path file() {
        return file;
    }

    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw MetricFileException.of(file, "cannot be closed", e);
        }
    }
}
