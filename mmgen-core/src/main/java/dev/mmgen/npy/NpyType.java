package dev.mmgen.npy;

import java.io.IOException;

/** An element type that is read and written, little-endian. */
public enum NpyType {
    UINT8("|u1", 1),
    UINT16("<u2", 2),
    INT32("<i4", 4),
    INT64("<i8", 8),
    FLOAT16("<f2", 2),
    FLOAT32("<f4", 4),
    FLOAT64("<f8", 8);

    private final String descr;
    private final int bytes;

    NpyType(String descr, int bytes) {
        this.descr = descr;
        this.bytes = bytes;
    }

    /** Returns NumPy's name of the type, such as {@code <f4}. */
    public String descr() {
        return descr;
    }

    /** Returns the size of an element in bytes. */
    public int bytes() {
        return bytes;
    }

    static NpyType ofDescr(String descr) throws IOException {
        for (NpyType type : values()) {
            if (type.descr.equals(descr)) {
                return type;
            }
        }
        throw new IOException(
                "elements of type '" + (descr.length() > 40 ? descr.substring(0, 40) + "..." : descr)
                        + "' are not supported; save the array as uint8, uint16, int32, int64, float16, float32 or float64, little-endian");
    }
}
