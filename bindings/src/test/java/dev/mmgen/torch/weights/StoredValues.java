package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the elements that a description points at straight from the file, one by one: an independent way to the
 * numbers, without mapping and without libtorch.
 */
final class StoredValues {

    private StoredValues() {}

    /** Returns the elements in row-major order: Long for integers and flags, Double for floating point. */
    static List<Number> read(Path path, TensorInfo info) {
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            ByteBuffer storage = file.read(info.byteOffset(), (int) info.byteLength(), "a storage");
            List<Number> values = new ArrayList<>();
            long[] index = new long[info.shape().rank()];
            for (long i = 0; i < info.elements(); i++) {
                long rest = i;
                for (int dim = index.length - 1; dim >= 0; dim--) {
                    index[dim] = rest % info.shape().size(dim);
                    rest /= info.shape().size(dim);
                }
                long element = info.storageOffset();
                for (int dim = 0; dim < index.length; dim++) {
                    element += index[dim] * info.strides().get(dim);
                }
                values.add(element(
                        storage, info.dtype(), (int) element * info.dtype().byteSize()));
            }
            return values;
        }
    }

    private static Number element(ByteBuffer bytes, DType dtype, int at) {
        return switch (dtype) {
            case UINT8, BOOL -> (long) Byte.toUnsignedInt(bytes.get(at));
            case INT8 -> (long) bytes.get(at);
            case INT16 -> (long) bytes.getShort(at);
            case INT32 -> (long) bytes.getInt(at);
            case INT64 -> bytes.getLong(at);
            case FLOAT16 -> (double) Float.float16ToFloat(bytes.getShort(at));
            case BFLOAT16 -> (double) Float.intBitsToFloat(bytes.getShort(at) << 16);
            case FLOAT32 -> (double) bytes.getFloat(at);
            case FLOAT64 -> bytes.getDouble(at);
        };
    }
}
