package dev.mmgen.train.hdf5;

import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.StoredArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Arrays of floating-point numbers by sample key, in one HDF5 file or in shards of one: the posteriors of a modality, or
 * features. "/" in a key separates groups. float16, float32 and float64 are read as float32; values may be contiguous,
 * as the official scripts write them and as reading is fastest, or chunked, compressed, and with Fletcher32 checksums,
 * which are verified. Soft links are followed, external links are refused by name.
 *
 * <p>Reading is bounded: a damaged file takes at most 64 MiB and 8 times its size for a group, and is a {@link
 * DataException} that names the file and the remedy. A group's table of contents is kept once it has been read, about 150
 * bytes a sample. Any thread may read.
 */
public final class Hdf5Samples implements AutoCloseable {

    private final Path path;
    private final List<Hdf5File> files;

    private Hdf5Samples(Path path, List<Hdf5File> files) {
        this.path = path;
        this.files = files;
    }

    /**
     * Opens a file or, if there is none of this name, its complete set of {@linkplain Shards shards} beside it.
     *
     * @throws DataException if it is missing, cut short, or no HDF5 file
     */
    public static Hdf5Samples open(Path path) {
        List<Hdf5File> opened = new ArrayList<>();
        try {
            for (Path file : Shards.filesOf(path)) {
                opened.add(Hdf5File.open(file));
            }
            return new Hdf5Samples(path, List.copyOf(opened));
        } catch (DataException e) {
            opened.forEach(Hdf5File::close);
            throw e;
        }
    }

    /** Returns the file, as it was given. */
    public Path path() {
        return path;
    }

    /** Returns true if there is an array of this key; false for a link that leads nowhere, as in h5py. */
    public boolean contains(String key) {
        return files.stream()
                .map(file -> file.find(key))
                .anyMatch(node ->
                        node != null && !(node instanceof Hdf5Node.SoftLink || node instanceof Hdf5Node.ExternalLink));
    }

    /**
     * Reads one array.
     *
     * @throws DataException if there is none of this key, or it is damaged or not of floating point numbers
     */
    public StoredArray read(String key) {
        for (Hdf5File file : files) {
            Hdf5Node node = file.find(key);
            if (node != null) {
                return file.read(key, node);
            }
        }
        throw new DataException(path, "has no sample '" + key + "'");
    }

    /**
     * Reads an array that must have this shape and finite values only.
     *
     * @throws DataException if not, see also {@link #read(String)}
     */
    StoredArray read(String key, int... shape) {
        int[] found = shape(key);
        if (found != null && !Arrays.equals(found, shape)) {
            throw new DataException(
                    path,
                    "holds " + Arrays.toString(found) + " for sample '" + key + "', but " + Arrays.toString(shape)
                            + " is expected");
        }
        StoredArray array = read(key);
        int place = array.firstNonFinite();
        if (place >= 0) {
            throw new DataException(
                    path, "holds " + array.values()[place] + " in sample '" + key + "', value number " + place);
        }
        return array;
    }

    /**
     * Returns the shape of an array, null if there is none of this key.
     *
     * @throws DataException if the file is damaged there
     */
    public int @Nullable [] shape(String key) {
        for (Hdf5File file : files) {
            Hdf5Node node = file.find(key);
            if (node instanceof Hdf5Node.Array array) {
                return array.shape().clone();
            } else if (node != null) {
                return file.read(key, node).shape();
            }
        }
        return null;
    }

    /** Returns all keys, those of links included, file by file. This reads every group's table of contents. */
    public Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        files.forEach(file -> keys.addAll(file.all().keySet()));
        return keys;
    }

    @Override
    public void close() {
        files.forEach(Hdf5File::close);
    }
}
