package dev.mmgen.npy;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * An array in NumPy's format (NEP 1), whole in memory: 512 MiB of elements at the most. Immutable, so any thread may use it.
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="npy-array"}
 */
public final class NpyArray {

    /** The most bytes of elements that are read into memory: 512 MiB. */
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
     * Returns a float32 array.
     *
     * @param values row-major
     * @throws IllegalArgumentException if the shape does not hold as many elements
     */
    public static NpyArray of(float[] values, long... shape) {
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.multiplyExact(values.length, 4)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return of(NpyType.FLOAT32, buffer.array(), shape);
    }

    /**
     * Returns an int32 array.
     *
     * @param values row-major
     * @throws IllegalArgumentException if the shape does not hold as many elements
     */
    public static NpyArray of(int[] values, long... shape) {
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.multiplyExact(values.length, 4)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(values);
        return of(NpyType.INT32, buffer.array(), shape);
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

    /**
     * Reads a {@code .npy} file.
     *
     * @throws NpyException if the file is missing or damaged, its elements are of another type than {@link NpyType} lists,
     *     or it is larger than {@link #MAX_BYTES}
     */
    public static NpyArray read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            NpyArray array = read(in);
            if (in.read() >= 0) {
                throw new IOException("bytes follow the array; a .npy file holds one array");
            }
            return array;
        } catch (IOException e) {
            throw new NpyException(file, "cannot be read: " + FileReason.reading(e), e);
        }
    }

    /**
     * Reads an array and leaves the stream, which stays open, behind its last element.
     *
     * @throws IOException if the stream ends early or holds something else, see {@link #read(Path)}
     */
    public static NpyArray read(InputStream in) throws IOException {
        return read(in, MAX_BYTES);
    }

    static NpyArray read(InputStream in, long maxBytes) throws IOException {
        NpyHeader header = NpyHeader.read(in);
        if (header.bytes() > Math.min(maxBytes, MAX_BYTES)) {
            throw new IOException("an array of shape " + header.shape() + " and " + header.bytes()
                    + " bytes is over the limit of " + Math.min(maxBytes, MAX_BYTES) + " bytes");
        }
        byte[] bytes = in.readNBytes((int) header.bytes());
        if (bytes.length < header.bytes()) {
            throw new IOException(
                    "the data end after " + bytes.length + " of the array's " + header.bytes() + " bytes");
        }
        return new NpyArray(header.type(), header.shape(), header.fortranOrder() ? rowMajor(header, bytes) : bytes);
    }

    private static byte[] rowMajor(NpyHeader header, byte[] columnMajor) throws IOException {
        int rank = header.shape().size();
        if (rank < 2) {
            return columnMajor;
        }
        if (rank > 2) {
            throw new IOException("an array of " + rank + " dimensions in Fortran order is not supported, only up to 2;"
                    + " save numpy.ascontiguousarray(array)");
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

    /** Returns the elements as float64, row-major; those of uint8 are 0 to 255, those of uint16 0 to 65,535. */
    public double[] toDoubles() {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[bytes.length / type.bytes()];
        Arrays.setAll(values, i -> switch (type) {
            case UINT8 -> buffer.get(i) & 0xff;
            case UINT16 -> buffer.getShort(2 * i) & 0xffff;
            case INT32 -> buffer.getInt(4 * i);
            case INT64 -> buffer.getLong(8 * i);
            case FLOAT16 -> Float.float16ToFloat(buffer.getShort(2 * i));
            case FLOAT32 -> buffer.getFloat(4 * i);
            case FLOAT64 -> buffer.getDouble(8 * i);
        });
        return values;
    }

    /** Returns the elements as float32, rounded where they are not such, row-major. */
    public float[] toFloats() {
        float[] values = new float[bytes.length / type.bytes()];
        if (type == NpyType.FLOAT32) {
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
        } else {
            double[] exact = toDoubles();
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) exact[i];
            }
        }
        return values;
    }

    /**
     * Writes a {@code .npy} file, byte for byte as NumPy 2 does. The file appears whole or not at all; missing folders are
     * made.
     *
     * @throws NpyException if the file cannot be written; one that was there before is left as it was
     */
    public void write(Path file) {
        Path target = file.toAbsolutePath();
        try {
            Files.createDirectories(target.resolveSibling(""));
            try (AtomicFile written = AtomicFile.open(target)) {
                write(written.stream());
                written.commit();
            }
        } catch (IOException e) {
            throw new NpyException(file, "cannot be written: " + FileReason.writing(e), e);
        }
    }

    /** Writes the array, byte for byte as NumPy 2 does. The stream stays open. */
    public void write(OutputStream out) throws IOException {
        out.write(header().toBytes());
        out.write(bytes);
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

    /** Returns the type and the shape, for example {@code NpyArray[FLOAT64, [2, 3]]}. */
    @Override
    public String toString() {
        return "NpyArray[" + type + ", " + shape + "]";
    }
}
