package dev.mmgen.train.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Arrays of floating point numbers by sample key, in one HDF5 file or in shards of one: the moments of a modality, or
 * features. "/" in a key separates groups. float16, float32 and float64 are read as float32; values may be contiguous,
 * as the official scripts write them and as reading is fastest, or chunked, shuffled and compressed.
 *
 * <p>A group's table of contents is kept once it has been read, about 150 bytes a sample. Any thread may read.
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

    /** Returns true if there is an array of this key. */
    public boolean contains(String key) {
        return files.stream().anyMatch(file -> file.find(key) != null);
    }

    /**
     * Reads one array.
     *
     * @throws DataException if there is none of this key, or it is damaged or not of floating point numbers
     */
    public StoredArray read(String key) {
        for (Hdf5File file : files) {
            StoredDataset dataset = file.find(key);
            if (dataset != null) {
                return file.read(key, dataset);
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
        StoredArray array = read(key);
        if (!array.hasShape(shape)) {
            throw new DataException(
                    path,
                    "holds " + Arrays.toString(array.shape()) + " for sample '" + key + "', but "
                            + Arrays.toString(shape) + " is expected");
        }
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
            StoredDataset dataset = file.find(key);
            if (dataset != null) {
                return dataset.shape().clone();
            }
        }
        return null;
    }

    /** Returns all keys, file by file. This reads every group's table of contents. */
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
