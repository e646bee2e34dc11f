package dev.mmgen.train.hdf5;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A name within a group of an HDF5 file; names are in the order of their UTF-8 bytes. */
record LinkName(byte[] utf8) implements Comparable<LinkName> {

    static LinkName of(String name) {
        return new LinkName(name.getBytes(StandardCharsets.UTF_8));
    }

    /** The length with the closing zero, filled up to a multiple of 8. */
    int paddedLength() {
        return utf8.length + 8 & ~7;
    }

    @Override
    public int compareTo(LinkName other) {
        return Arrays.compareUnsigned(utf8, other.utf8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LinkName name && Arrays.equals(utf8, name.utf8);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(utf8);
    }
}
