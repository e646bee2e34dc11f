package dev.mmgen.torch;

/**
 * The element type of a tensor. Codes are libtorch's {@code ScalarType} numbers, which are part of its stable ABI.
 */
public enum DType {
    /** Unsigned 8-bit integer. */
    UINT8(0, 1, "uint8"),
    /** Signed 8-bit integer. */
    INT8(1, 1, "int8"),
    /** Signed 16-bit integer. */
    INT16(2, 2, "int16"),
    /** Signed 32-bit integer. */
    INT32(3, 4, "int32"),
    /** Signed 64-bit integer. */
    INT64(4, 8, "int64"),
    /** IEEE half precision. */
    FLOAT16(5, 2, "float16"),
    /** IEEE single precision. */
    FLOAT32(6, 4, "float32"),
    /** IEEE double precision. */
    FLOAT64(7, 8, "float64"),
    /** One byte per truth value. */
    BOOL(11, 1, "bool"),
    /** The upper half of a single: 8 exponent bits, 7 mantissa bits. */
    BFLOAT16(15, 2, "bfloat16");

    private static final DType[] BY_CODE = new DType[16];

    static {
        for (DType dtype : values()) {
            BY_CODE[dtype.code] = dtype;
        }
    }

    private final int code;
    private final int byteSize;
    private final String torchName;

    DType(int code, int byteSize, String torchName) {
        this.code = code;
        this.byteSize = byteSize;
        this.torchName = torchName;
    }

    /** Returns libtorch's number for this type. */
    int code() {
        return code;
    }

    /** Returns the size of one element in bytes. */
    public int byteSize() {
        return byteSize;
    }

    /** Returns the name PyTorch uses, for example {@code bfloat16}. */
    public String torchName() {
        return torchName;
    }

    /** Returns true for the four floating point types, the only ones that can carry gradients. */
    public boolean isFloatingPoint() {
        return this == FLOAT16 || this == BFLOAT16 || this == FLOAT32 || this == FLOAT64;
    }

    /**
     * Finds a type by its PyTorch name.
     *
     * @param name for example {@code float32} or {@code bfloat16}
     * @throws IllegalArgumentException if there is no such type; the message lists the known ones
     */
    public static DType named(String name) {
        for (DType dtype : values()) {
            if (dtype.torchName.equals(name)) {
                return dtype;
            }
        }
        StringBuilder known = new StringBuilder();
        for (DType dtype : values()) {
            known.append(known.isEmpty() ? "" : ", ").append(dtype.torchName);
        }
        throw new IllegalArgumentException("unknown dtype '" + name + "'; use one of " + known);
    }

    static DType ofCode(int code) {
        DType dtype = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (dtype == null) {
            throw new TorchException("libtorch returned a tensor of scalar type " + code + ", which has no DType here");
        }
        return dtype;
    }
}
