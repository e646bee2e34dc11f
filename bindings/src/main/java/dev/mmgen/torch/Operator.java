package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import dev.mmgen.torch.ffi.mmt_value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Any operator of libtorch, for what this library has no method for.
 *
 * <pre>{@code
 * Operator roll = Operator.of("aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor");
 * Tensor turned = roll.call(image, new long[] {8}, new long[] {-1});
 * }</pre>
 *
 * <p>The schema is the one that libtorch itself declares ({@code native_functions.yaml} of its version), letter by letter.
 * It is compared with what the loaded libtorch carries, and every argument with it, so that a mistake is an exception.
 * Operators that take or return a {@code Scalar} cannot be called: libtorch's stable ABI does not pass them.
 */
public final class Operator {

    private static final int MAX_RESULTS = 16;

    private final String schema;

    private Operator(String schema) {
        this.schema = schema;
    }

    /** Names an operator of the namespace {@code aten} by its schema, which is checked when it is called. */
    public static Operator of(String schema) {
        return new Operator(schema);
    }

    /**
     * Calls an operator that returns one tensor.
     *
     * @see #callAll for the arguments
     */
    public Tensor call(@Nullable Object... arguments) {
        List<Object> results = callAll(arguments);
        if (results.size() == 1 && results.getFirst() instanceof Tensor tensor) {
            return tensor;
        }
        throw new IllegalArgumentException("'" + schema + "' does not return one tensor; use callAll");
    }

    /**
     * Calls the operator with all its arguments in order; defaults are not filled in.
     *
     * @param arguments Tensor, Long or Integer (int), Double or Float (float), Boolean (bool), String (str), long[] (int[]),
     *     double[] (float[]), boolean[] (bool[]), List of Tensor (Tensor[]), DType (ScalarType), Device, Generator, or null (none)
     * @return its results: Tensor, Long, Double or Boolean each
     * @throws TorchException if schema or arguments do not fit, or the operator fails
     */
    public List<Object> callAll(@Nullable Object... arguments) {
        try (Call call = Call.begin()) {
            MemorySegment values = call.room(mmt_value.sizeof() * arguments.length);
            values.fill((byte) 0);
            for (int i = 0; i < arguments.length; i++) {
                write(call, mmt_value.asSlice(values, i), arguments[i], i);
            }
            MemorySegment results = call.room(mmt_value.sizeof() * MAX_RESULTS);
            results.fill((byte) 0);
            call.check(
                    MmTorch.mmt_call(call.text(schema), values, arguments.length, results, MAX_RESULTS, call.error()));
            return read(call, results);
        }
    }

    private static void write(Call call, MemorySegment value, @Nullable Object argument, int index) {
        switch (argument) {
            case null -> mmt_value.kind(value, MmTorch.MMT_NONE());
            case Tensor tensor -> integer(value, MmTorch.MMT_TENSOR(), call.in(tensor));
            case Long number -> integer(value, MmTorch.MMT_INTEGER(), number);
            case Integer number -> integer(value, MmTorch.MMT_INTEGER(), number);
            case Boolean flag -> integer(value, MmTorch.MMT_FLAG(), flag ? 1 : 0);
            case DType dtype -> integer(value, MmTorch.MMT_DTYPE(), dtype.code());
            case Device device ->
                integer(
                        value,
                        MmTorch.MMT_DEVICE(),
                        ((long) device.type().code() << 32) | (device.index() & 0xFFFFFFFFL));
            case Generator generator -> integer(value, MmTorch.MMT_GENERATOR(), call.in(generator));
            case Double number -> real(value, number);
            case Float number -> real(value, number);
            case String text -> items(value, MmTorch.MMT_TEXT(), 0, call.text(text));
            case long[] numbers -> items(value, MmTorch.MMT_INTEGERS(), numbers.length, call.longs(numbers));
            case double[] numbers -> {
                MemorySegment array = call.room(8L * numbers.length);
                MemorySegment.copy(numbers, 0, array, ValueLayout.JAVA_DOUBLE, 0, numbers.length);
                items(value, MmTorch.MMT_REALS(), numbers.length, array);
            }
            case boolean[] flags -> {
                MemorySegment array = call.room(4L * flags.length);
                for (int i = 0; i < flags.length; i++) {
                    array.setAtIndex(ValueLayout.JAVA_INT, i, flags[i] ? 1 : 0);
                }
                items(value, MmTorch.MMT_FLAGS(), flags.length, array);
            }
            case List<?> list -> {
                List<Tensor> tensors = new ArrayList<>();
                for (Object item : list) {
                    if (!(item instanceof Tensor tensor)) {
                        throw new IllegalArgumentException("argument " + (index + 1) + " is a list of "
                                + (item == null ? "null" : item.getClass().getSimpleName())
                                + "; only tensors are passed in lists");
                    }
                    tensors.add(tensor);
                }
                items(value, MmTorch.MMT_TENSORS(), tensors.size(), call.in(tensors));
            }
            default ->
                throw new IllegalArgumentException("argument " + (index + 1) + " is a "
                        + argument.getClass().getName() + ", which no operator takes");
        }
    }

    private static void integer(MemorySegment value, int kind, long number) {
        mmt_value.kind(value, kind);
        mmt_value.integer(value, number);
    }

    private static void real(MemorySegment value, double number) {
        mmt_value.kind(value, MmTorch.MMT_REAL());
        mmt_value.real(value, number);
    }

    private static void items(MemorySegment value, int kind, int count, MemorySegment items) {
        mmt_value.kind(value, kind);
        mmt_value.count(value, count);
        mmt_value.items(value, items);
    }

    private static List<Object> read(Call call, MemorySegment results) {
        List<Object> read = new ArrayList<>();
        for (int i = 0; i < MAX_RESULTS; i++) {
            MemorySegment value = mmt_value.asSlice(results, i);
            int kind = mmt_value.kind(value);
            if (kind == MmTorch.MMT_TENSOR()) {
                read.add(call.adopt(mmt_value.integer(value)));
            } else if (kind == MmTorch.MMT_INTEGER()) {
                read.add(mmt_value.integer(value));
            } else if (kind == MmTorch.MMT_FLAG()) {
                read.add(mmt_value.integer(value) != 0);
            } else if (kind == MmTorch.MMT_REAL()) {
                read.add(mmt_value.real(value));
            }
        }
        return read;
    }

    /** Returns the schema. */
    @Override
    public String toString() {
        return schema;
    }
}
