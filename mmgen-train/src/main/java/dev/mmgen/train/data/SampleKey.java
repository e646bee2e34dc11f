package dev.mmgen.train.data;

/** What can name a sample: a path of links in an HDF5 file. */
final class SampleKey {

    private static final int MAX_LENGTH = 4096;

    private SampleKey() {}

    /** Throws an {@link IllegalArgumentException} unless every part between slashes can name a link. */
    static void check(String key) {
        if (key.isEmpty() || key.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "a sample's key has 1 to " + MAX_LENGTH + " characters, not " + key.length());
        }
        if (key.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the sample key '" + key.replace('\0', '?') + "' holds a NUL character");
        }
        for (String part : key.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new IllegalArgumentException("the sample key '" + key
                        + "' must be names separated by single slashes; '" + part + "' is none");
            }
        }
    }

    /** Returns the groups of a key: {@code a/b} of {@code a/b/c}, empty if there are none. */
    static String group(String key) {
        return key.substring(0, Math.max(key.lastIndexOf('/'), 0));
    }

    /** Returns the last name of a key: {@code c} of {@code a/b/c}. */
    static String name(String key) {
        return key.substring(key.lastIndexOf('/') + 1);
    }
}
