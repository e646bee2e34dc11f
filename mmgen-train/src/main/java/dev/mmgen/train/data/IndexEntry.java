package dev.mmgen.train.data;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of an index: a sample, its class and its image files.
 *
 * @param category the class by name; only people read it ({@code cat})
 * @param label    the class by number, 0 and up; the number of classes itself means "none" ({@code idx_cat})
 * @param key      the sample's name in the HDF5 files, where "/" separates groups ({@code path_rel_rgb})
 * @param images   the image files by modality, in order: {@code path_rgb} is {@code rgb} here, and so on; can be empty
 */
public record IndexEntry(String category, int label, String key, Map<String, Path> images) {

    /** A table of embeddings of as many classes as this fills the memory of a machine. */
    private static final int MAX_LABEL = 1 << 24;

    private static final int MAX_KEY_LENGTH = 4096;

    /**
     * @throws IllegalArgumentException if the label is negative or over 2^24, or the key cannot name a dataset in an HDF5 file
     */
    public IndexEntry {
        if (label < 0) {
            throw new IllegalArgumentException("a class number cannot be negative: " + label);
        }
        if (label > MAX_LABEL) {
            throw new IllegalArgumentException("a class number of " + label + "; it goes up to " + MAX_LABEL);
        }
        requireKey(key);
        images = Collections.unmodifiableMap(new LinkedHashMap<>(images));
    }

    /**
     * Checks that a text can be the key of a sample: names of links in an HDF5 file, separated by "/".
     *
     * @throws IllegalArgumentException if it is empty or over 4096 characters long, holds NUL, or one of its names is empty,
     *     "." or ".."
     */
    public static void requireKey(String key) {
        if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a sample key of " + key.length() + " characters; it must have 1 to " + MAX_KEY_LENGTH);
        }
        if (key.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the sample key '" + key.replace('\0', '?') + "' holds a NUL character");
        }
        for (String name : key.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                throw new IllegalArgumentException("the sample key '" + key
                        + "' must be names separated by single slashes; '" + name + "' is not a name");
            }
        }
    }

    /**
     * Returns the image file of a modality.
     *
     * @throws DataException if the entry has none
     */
    public Path image(String modality) {
        Path path = images.get(modality);
        if (path == null) {
            throw new DataException("the index has no field 'path_" + modality + "' for sample '" + key + "'; it has "
                    + images.keySet());
        }
        return path;
    }
}
