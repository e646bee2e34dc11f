package dev.mmgen.fuzz;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A maker of arguments: mostly ones that make sense together, sometimes numbers at the edges. */
final class TensorArguments {

    private static final long[] EDGES = {
        -1,
        -2,
        -5,
        7,
        64,
        1000,
        1L << 40,
        1L << 48,
        (1L << 61) + 1,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -(1L << 62) - 1
    };

    private static final int[] INT_EDGES = {-1, -2, -5, 7, 64, 1000, Integer.MIN_VALUE, Integer.MAX_VALUE};

    private static final double[] REALS = {
        0, 1, -1, 0.5, 2, 1e-5, 1e30, -1e300, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE, 3.7
    };

    private final RandomGenerator random;
    private final Generator generator;
    private final Function<RandomGenerator, Tensor> pool;
    private final List<String> drawn = new ArrayList<>();

    TensorArguments(RandomGenerator random, Generator generator, Function<RandomGenerator, Tensor> pool) {
        this.random = random;
        this.generator = generator;
        this.pool = pool;
    }

    /** A new tensor of a random form: plain, expanded, strided, transposed or empty. */
    static Tensor tensor(RandomGenerator random) {
        DType dtype = random.nextInt(3) > 0 ? DType.FLOAT32 : DType.values()[random.nextInt(DType.values().length)];
        int rank = random.nextInt(5);
        long[] sizes = new long[rank];
        Arrays.setAll(sizes, _ -> random.nextInt(30) == 0 ? 0 : 1 + random.nextInt(5));
        Tensor plain = Torch.full(random.nextInt(4), dtype, Device.CPU, Shape.of(sizes));
        if (dtype == DType.FLOAT32) {
            Torch.normal_(plain, 0, 1, null);
        }
        if (rank == 0) {
            return plain;
        }
        int dim = random.nextInt(rank);
        Tensor view = switch (random.nextInt(8)) {
            case 0 -> plain.transpose(0, rank - 1);
            case 1 -> plain.slice(dim, 0, sizes[dim], 2);
            case 2 -> {
                Tensor one = plain.slice(dim, 0, 1);
                sizes[dim] = one.size(dim) == 0 ? 0 : 1 + random.nextInt(4);
                Tensor expanded = one.expand(sizes);
                one.close();
                yield expanded;
            }
            case 3 -> plain.requiresGrad(dtype.isFloatingPoint());
            default -> plain;
        };
        if (view != plain) {
            plain.close();
        }
        return view;
    }

    /** Returns the arguments that were drawn for the last call. */
    List<String> lastDrawn() {
        return drawn;
    }

    void begin() {
        drawn.clear();
    }

    boolean supports(Class<?> type) {
        return type == Tensor.class
                || type == int.class
                || type == long.class
                || type == double.class
                || type == boolean.class
                || type == int[].class
                || type == long[].class
                || type == float[].class
                || type == double[].class
                || type == byte[].class
                || type == DType.class
                || type == Device.class
                || type == Shape.class
                || type == Generator.class
                || type == ByteBuffer.class
                || type == List.class;
    }

    @Nullable
    Object draw(Class<?> type, boolean nullable) {
        Object value = nullable && random.nextInt(3) == 0 ? null : value(type);
        drawn.add(text(value));
        return value;
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case int[] ints -> Arrays.toString(ints);
            case long[] longs -> Arrays.toString(longs);
            case null, default -> String.valueOf(value);
        };
    }

    Tensor tensor() {
        return pool.apply(random);
    }

    RandomGenerator random() {
        return random;
    }

    private Object value(Class<?> type) {
        if (type == Tensor.class) {
            return tensor();
        } else if (type == int.class) {
            return integer();
        } else if (type == long.class) {
            return whole();
        } else if (type == double.class) {
            return real();
        } else if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == int[].class) {
            return ints();
        } else if (type == long[].class) {
            return sizes();
        } else if (type == float[].class) {
            return new float[random.nextInt(12)];
        } else if (type == double[].class) {
            return new double[random.nextInt(12)];
        } else if (type == byte[].class) {
            return new byte[random.nextInt(12)];
        } else if (type == DType.class) {
            return DType.values()[random.nextInt(DType.values().length)];
        } else if (type == Device.class) {
            return random.nextInt(20) == 0 ? Device.cuda(random.nextInt(3)) : Device.CPU;
        } else if (type == Shape.class) {
            return random.nextInt(3) == 0 ? Shape.of(plainSizes()) : tensor().shape();
        } else if (type == Generator.class) {
            return generator;
        } else if (type == ByteBuffer.class) {
            int room = random.nextInt(80);
            return random.nextBoolean() ? ByteBuffer.allocate(room) : ByteBuffer.allocateDirect(room);
        }
        List<Tensor> list = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            list.add(tensor());
        }
        return list;
    }

    int integer() {
        return random.nextInt(12) == 0 ? INT_EDGES[random.nextInt(INT_EDGES.length)] : random.nextInt(-2, 5);
    }

    long whole() {
        return random.nextInt(12) == 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextInt(-1, 6);
    }

    double real() {
        return REALS[random.nextInt(REALS.length)];
    }

    private int[] ints() {
        int[] dims = new int[random.nextInt(5)];
        Arrays.setAll(dims, i -> random.nextInt(3) == 0 ? integer() : i);
        return dims;
    }

    private long[] sizes() {
        long[] sizes = plainSizes();
        if (random.nextInt(12) == 0 && sizes.length > 0) {
            sizes[random.nextInt(sizes.length)] = EDGES[random.nextInt(EDGES.length)];
        }
        return sizes;
    }

    private long[] plainSizes() {
        if (random.nextInt(3) == 0) {
            long[] known = tensor().shape().toArray();
            return known;
        }
        long[] sizes = new long[random.nextInt(5)];
        Arrays.setAll(sizes, _ -> random.nextInt(30) == 0 ? 0 : 1 + random.nextInt(5));
        return sizes;
    }
}
