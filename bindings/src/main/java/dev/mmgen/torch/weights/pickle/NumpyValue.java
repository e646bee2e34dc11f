package dev.mmgen.torch.weights.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * NumPy's scalars and arrays, such as a learning rate or the state of a random generator beside the tensors. They become
 * numbers and nested lists of numbers; flags, integers and floating point numbers are known, in either byte order.
 */
sealed interface NumpyValue {

    /** The size of each kind of number that is known, by NumPy's code. */
    Map<String, Integer> SIZES = Map.ofEntries(
            Map.entry("b1", 1),
            Map.entry("i1", 1),
            Map.entry("i2", 2),
            Map.entry("i4", 4),
            Map.entry("i8", 8),
            Map.entry("u1", 1),
            Map.entry("u2", 2),
            Map.entry("u4", 4),
            Map.entry("u8", 8),
            Map.entry("f2", 2),
            Map.entry("f4", 4),
            Map.entry("f8", 8));

    /** A {@code numpy.dtype}: a kind and a size, and the byte order that its state sets. */
    final class Type implements NumpyValue {

        private final String code;
        private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

        /**
         * @throws IllegalArgumentException if the type is none of the known ones
         */
        Type(String code) {
            if (!SIZES.containsKey(code)) {
                throw new IllegalArgumentException("numpy values of type '" + code + "' are not supported; known are "
                        + SIZES.keySet().stream().sorted().toList());
            }
            this.code = code;
        }

        int size() {
            return SIZES.getOrDefault(code, 0);
        }

        /** Takes the state of a dtype: a version, the byte order, and what only structured types have. */
        void build(List<?> state) {
            order = state.size() > 1 && ">".equals(state.get(1)) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        }

        /** Returns the number that begins at a byte: a Long, a Double or a Boolean; unsigned 64-bit ones as Long. */
        Object number(byte[] bytes, int at) {
            ByteBuffer in = ByteBuffer.wrap(bytes, at, size()).order(order);
            return switch (code) {
                case "b1" -> in.get() != 0;
                case "i1" -> (long) in.get();
                case "i2" -> (long) in.getShort();
                case "i4" -> (long) in.getInt();
                case "u1" -> (long) Byte.toUnsignedInt(in.get());
                case "u2" -> (long) Short.toUnsignedInt(in.getShort());
                case "u4" -> Integer.toUnsignedLong(in.getInt());
                case "f2" -> (double) Float.float16ToFloat(in.getShort());
                case "f4" -> (double) in.getFloat();
                case "f8" -> in.getDouble();
                default -> in.getLong();
            };
        }
    }

    /** A {@code numpy.ndarray}: empty until its state sets shape, type and values. */
    final class Array implements NumpyValue {

        private Object values = List.of();

        /** Returns lists of numbers, nested as the array is; a number where it has no dimension. */
        Object values() {
            return values;
        }

        /**
         * Takes the state of an array: a version, the shape, the type, true for column-major order, and the bytes.
         *
         * @return the number of values
         * @throws IllegalArgumentException if the state is none, or its parts disagree
         */
        long build(List<?> state) {
            if (state.size() != 5
                    || !(state.get(1) instanceof PickleValue.Tuple shape)
                    || !(state.get(2) instanceof Type type)
                    || !(state.get(3) instanceof Boolean columns)
                    || !(state.get(4) instanceof byte[] bytes)) {
                throw new IllegalArgumentException("a numpy array without shape, type, order and bytes");
            }
            int[] sizes = new int[shape.items().size()];
            long count = 1;
            for (int dim = 0; dim < sizes.length; dim++) {
                if (!(shape.items().get(dim) instanceof Long size) || size < 0 || size > bytes.length) {
                    throw new IllegalArgumentException("a numpy array of shape " + shape.items());
                }
                sizes[dim] = (int) (long) size;
                count *= sizes[dim];
                if (count > bytes.length) {
                    break;
                }
            }
            if (count * type.size() != bytes.length) {
                throw new IllegalArgumentException("a numpy array of shape " + shape.items() + " with " + bytes.length
                        + " bytes instead of " + count * type.size());
            }
            values = nested(type, bytes, sizes, strides(sizes, columns));
            return count;
        }

        private static int[] strides(int[] sizes, boolean columns) {
            int[] strides = new int[sizes.length];
            int step = 1;
            for (int i = 0; i < sizes.length; i++) {
                int dim = columns ? i : sizes.length - 1 - i;
                strides[dim] = step;
                step *= sizes[dim];
            }
            return strides;
        }

        private static Object nested(Type type, byte[] bytes, int[] sizes, int[] strides) {
            return nested(type, bytes, sizes, strides, 0, 0);
        }

        private static Object nested(Type type, byte[] bytes, int[] sizes, int[] strides, int dim, int first) {
            if (dim == sizes.length) {
                return type.number(bytes, first * type.size());
            }
            List<@Nullable Object> items = new ArrayList<>(sizes[dim]);
            for (int i = 0; i < sizes[dim]; i++) {
                items.add(nested(type, bytes, sizes, strides, dim + 1, first + i * strides[dim]));
            }
            return Collections.unmodifiableList(items);
        }
    }
}
