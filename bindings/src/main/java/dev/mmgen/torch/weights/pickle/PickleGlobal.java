package dev.mmgen.torch.weights.pickle;

import dev.mmgen.torch.DType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything outside itself that a pickle may name. This list is closed: what is not on it is refused by name, so a
 * checkpoint can describe tensors and settings but cannot make anything happen.
 */
sealed interface PickleGlobal {

    /** Element type of a storage, such as {@code torch.FloatStorage}. */
    record StorageType(DType dtype) implements PickleGlobal {

        String pythonName() {
            return "torch."
                    + switch (dtype) {
                        case UINT8 -> "ByteStorage";
                        case INT8 -> "CharStorage";
                        case INT16 -> "ShortStorage";
                        case INT32 -> "IntStorage";
                        case INT64 -> "LongStorage";
                        case FLOAT16 -> "HalfStorage";
                        case FLOAT32 -> "FloatStorage";
                        case FLOAT64 -> "DoubleStorage";
                        case BOOL -> "BoolStorage";
                        case BFLOAT16 -> "BFloat16Storage";
                    };
        }
    }

    /** An element type as a value, such as {@code torch.float16}. */
    record ElementType(DType dtype) implements PickleGlobal {

        String pythonName() {
            return "torch." + dtype.torchName();
        }
    }

    /** The functions and classes that have a counterpart in {@link PickleCalls}. */
    enum Callable implements PickleGlobal {
        REBUILD_TENSOR("torch._utils._rebuild_tensor"),
        REBUILD_TENSOR_V2("torch._utils._rebuild_tensor_v2"),
        REBUILD_PARAMETER("torch._utils._rebuild_parameter"),
        ORDERED_DICT("collections.OrderedDict"),
        SIZE("torch.Size"),
        DEVICE("torch.device"),
        LAYOUT("torch.serialization._get_layout"),
        NAMESPACE("argparse.Namespace"),
        COUNTER("collections.Counter"),
        SET("builtins.set"),
        BYTES("builtins.bytes"),
        BYTE_ARRAY("builtins.bytearray"),
        ENCODE("_codecs.encode"),
        NUMPY_TYPE("numpy.dtype"),
        NUMPY_SCALAR("numpy._core.multiarray.scalar"),
        NUMPY_ARRAY("numpy._core.multiarray._reconstruct"),
        NUMPY_ARRAY_CLASS("numpy.ndarray");

        private final String pythonName;

        Callable(String pythonName) {
            this.pythonName = pythonName;
        }

        @Override
        public String toString() {
            return pythonName;
        }
    }

    /** Returns what a qualified Python name stands for, null if it is not allowed. */
    static @Nullable PickleGlobal named(String name) {
        return Names.ALLOWED.get(name);
    }

    /** The names; a class of its own because interfaces have no private fields. */
    final class Names {

        private static final Map<String, PickleGlobal> ALLOWED = allowed();

        private Names() {}

        private static Map<String, PickleGlobal> allowed() {
            Map<String, PickleGlobal> names = new HashMap<>();
            for (Callable callable : Callable.values()) {
                names.put(callable.pythonName, callable);
            }
            // Protocol 2 writes the built-in module under its Python 2 name, NumPy 1 its own parts under an older one.
            names.put("__builtin__.set", Callable.SET);
            names.put("__builtin__.bytes", Callable.BYTES);
            names.put("__builtin__.bytearray", Callable.BYTE_ARRAY);
            names.put("numpy.core.multiarray.scalar", Callable.NUMPY_SCALAR);
            names.put("numpy.core.multiarray._reconstruct", Callable.NUMPY_ARRAY);
            for (DType dtype : DType.values()) {
                ElementType element = new ElementType(dtype);
                names.put(element.pythonName(), element);
                StorageType storage = new StorageType(dtype);
                names.put(storage.pythonName(), storage);
            }
            return Map.copyOf(names);
        }
    }
}
