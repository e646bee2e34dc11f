package dev.mmgen.torch;

import java.util.Comparator;

/** The release of a libtorch, as its C interface tells it. */
record LibtorchVersion(int major, int minor, int patch) implements Comparable<LibtorchVersion> {

    /** Older releases lack functions without which nothing works. */
    static final LibtorchVersion FLOOR = new LibtorchVersion(2, 11, 0);

    /** From this release on nothing is missing. */
    static final LibtorchVersion COMPLETE = new LibtorchVersion(2, 13, 0);

    private static final Comparator<LibtorchVersion> ORDER = Comparator.comparingInt(LibtorchVersion::major)
            .thenComparingInt(LibtorchVersion::minor)
            .thenComparingInt(LibtorchVersion::patch);

    /** Reads the word of {@code aoti_torch_abi_version}: major, minor and patch in its three highest bytes. */
    static LibtorchVersion ofWord(long word) {
        return new LibtorchVersion((int) (word >>> 56 & 0xff), (int) (word >>> 48 & 0xff), (int) (word >>> 40 & 0xff));
    }

    /** @throws LibtorchException below {@link #FLOOR} */
    void requireSupported(String source) {
        if (compareTo(FLOOR) < 0) {
            throw new LibtorchException("libtorch " + this + " from " + source + " is too old: " + FLOOR
                    + " or newer is needed, " + COMPLETE + " or newer for everything.");
        }
    }

    @Override
    public int compareTo(LibtorchVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
