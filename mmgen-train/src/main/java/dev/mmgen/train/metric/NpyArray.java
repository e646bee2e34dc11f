package dev.mmgen.train.metric;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** An array as numpy stores it, whole in memory. Immutable. */
public final class NpyArray {

    /** The most bytes of elements that an array read whole may have: 512 MiB. */
    public static final int MAX_BYTES = 1 << 29;

    private final NpyType type;
    private final List<Long> shape;
    /** Little-endian, the last index running fastest. */
    private final byte[] bytes;

    private NpyArray(NpyType type, List<Long> shape, byte[] bytes) {
        this.type = type;
        this.shape = shape;
        this.bytes = bytes;
    }

    /**
     * Returns a float64 array.
     *
     * @param values row-major
     * @throws IllegalArgumentException if the shape does not hold as many elements
     */
    public static NpyArray of(double[] values, long... shape) {
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asDoubleBuffer().put(values);
        return of(NpyType.FLOAT64, buffer.array(), shape);
    }

    /**
     * Returns a uint8 array.
     *
     * @param values row-major, copied
     * @throws IllegalArgumentException if the shape does not hold as many elements
     */
    public static NpyArray of(byte[] values, long... shape) {
        return of(NpyType.UINT8, values.clone(), shape);
    }

    /**
     * Returns an int64 array.
     *
     * @param values row-major
     * @throws IllegalArgumentException if the shape does not hold as many elements
     */
    public static NpyArray of(long[] values, long... shape) {
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return of(NpyType.INT64, buffer.array(), shape);
    }

    private static NpyArray of(NpyType type, byte[] bytes, long... shape) {
        NpyHeader header =
                new NpyHeader(type, false, LongStream.of(shape).boxed().toList());
        if (header.bytes() != bytes.length) {
            throw new IllegalArgumentException("an array of shape " + header.shape() + " has "
                    + header.bytes() / type.bytes() + " elements, not " + bytes.length / type.bytes());
        }
        return new NpyArray(type, header.shape(), bytes);
    }

    static NpyArray read(InputStream in, long maxBytes) throws IOException {
        NpyHeader header = NpyHeader.read(in);
        if (header.bytes() > Math.min(maxBytes, MAX_BYTES)) {
            throw new IOException("an array of shape " + header.shape() + " and " + header.bytes() + " bytes; at most "
                    + Math.min(maxBytes, MAX_BYTES) + " bytes are read here");
        }
        byte[] bytes = in.readNBytes((int) header.bytes());
        if (bytes.length < header.bytes()) {
            throw new IOException(
                    "the file ends after " + bytes.length + " of the array's " + header.bytes() + " bytes");
        }
        return new NpyArray(header.type(), header.shape(), header.fortranOrder() ? rowMajor(header, bytes) : bytes);
    }

    private static byte[] rowMajor(NpyHeader header, byte[] columnMajor) throws IOException {
        int rank = header.shape().size();
        if (rank < 2) {
            return columnMajor;
        }
        if (rank > 2) {
            throw new IOException("arrays in Fortran order are read up to two dimensions; save"
                    + " numpy.ascontiguousarray(...) of this one");
        }
        int size = header.type().bytes();
        byte[] bytes = new byte[columnMajor.length];
        if (bytes.length > 0) {
            int rows = Math.toIntExact(header.shape().get(0));
            int columns = Math.toIntExact(header.shape().get(1));
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    System.arraycopy(columnMajor, (j * rows + i) * size, bytes, (i * columns + j) * size, size);
                }
            }
        }
        return bytes;
    }

    /** Returns the element type. */
    public NpyType type() {
        return type;
    }

    /** Returns the sizes of the dimensions; none for a single number. */
    public List<Long> shape() {
        return shape;
    }

    /** Returns a copy of the elements as they are stored, little-endian and row-major. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the elements as float64, row-major; uint8 as 0 to 255. */
    public double[] toDoubles() {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[bytes.length / type.bytes()];
        Arrays.setAll(values, i -> switch (type) {
            case UINT8 -> buffer.get(i) & 0xff;
            case INT32 -> buffer.getInt(4 * i);
            case INT64 -> buffer.getLong(8 * i);
            case FLOAT32 -> buffer.getFloat(4 * i);
            case FLOAT64 -> buffer.getDouble(8 * i);
        });
        return values;
    }

    NpyHeader header() {
        return new NpyHeader(type, false, shape);
    }

    byte[] storedBytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NpyArray array
                && type == array.type
                && shape.equals(array.shape)
                && Arrays.equals(bytes, array.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * type.hashCode() + shape.hashCode()) + Arrays.hashCode(bytes);
    }

    /** Returns type and shape, for example {@code NpyArray[FLOAT64, [2, 3]]}. */
    @Override
    public String toString() {
        return "NpyArray[" + type + ", " + shape + "]";
    }
}
