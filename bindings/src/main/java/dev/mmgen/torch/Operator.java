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
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="operator"}
 *
 * <p>The schema is the one that the dispatcher of the loaded libtorch has registered, as {@code native_functions.yaml} of its
 * version writes it: names and types of all arguments, types of the results, marks of what is written; defaults and names of
 * results may differ. It is compared with the dispatcher's own, and every argument with it, so that a mistake is an exception.
 * Operators that take or return a {@code Scalar} cannot be called: libtorch's stable ABI does not pass them.
 *
 * <p>What comes back are dense tensors of the types and devices that this library knows; an operator that returns another kind
 * (sparse, quantized, complex, nested, meta, or zeros without memory) fails by name, and a lazily negated view comes back with
 * its values. An unchecked operator that changes the form of an argument changes it for every {@code Tensor} that shares it.
 */
public final class Operator {

    private static final int MAX_RESULTS = 16;

    private final String schema;
    private final boolean unchecked;

    private Operator(String schema, boolean unchecked) {
        this.schema = schema;
        this.unchecked = unchecked;
    }

    /**
     * Names an operator of the namespace {@code aten} by its schema, which is checked when it is called.
     *
     * <p>Only operators whose kernels are known to look at their own arguments can be called, more than 400: arithmetic in all its forms,
     * reductions, sorting, indices, views, joints, products, decompositions, random numbers, and the layers and losses of neural
     * networks. They get the tensors that they read row-major and apart from what they write, by a copy where they are not. Of what
     * writes, only operators in place are among them ({@code mul_}), not the {@code out} forms, which may change a tensor's form
     * while others read it. Numbers in lists go up to 2^31 - 1. For all others see {@link #unchecked}.
     */
    public static Operator of(String schema) {
        return new Operator(schema, false);
    }

    /**
     * Names any operator, also one whose kernel does not check its arguments. Schema, kinds of arguments and results are checked as
     * by {@link #of}, but whoever calls it vouches that strides, storage, indices and shapes are what the kernel expects: it may
     * read or write any memory of the process otherwise.
     */
    public static Operator unchecked(String schema) {
        return new Operator(schema, true);
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
        @Nullable Object[] own = arguments.clone();
        for (int i = 0; i < own.length; i++) {
            if (own[i] instanceof List<?> list) {
                own[i] = tensors(list, i);
            }
        }
        try (Call call = Call.begin()) {
            MemorySegment values = call.room(mmt_value.sizeof() * own.length);
            values.fill((byte) 0);
            for (int i = 0; i < own.length; i++) {
                write(call, mmt_value.asSlice(values, i), own[i], i);
            }
            MemorySegment results = call.room(mmt_value.sizeof() * MAX_RESULTS);
            results.fill((byte) 0);
            call.check(MmTorch.mmt_call(
                    call.text(schema), unchecked ? 1 : 0, values, own.length, results, MAX_RESULTS, call.error()));
            return read(call, results);
        } finally {
            for (Object argument : own) {
                if (argument instanceof Tensor tensor) {
                    tensor.forgetFacts();
                } else if (argument instanceof TensorList list) {
                    list.tensors().forEach(Tensor::forgetFacts);
                }
            }
        }
    }

    /** A copied list. */
    private record TensorList(List<Tensor> tensors) {}

    @SuppressWarnings("unchecked") // copyOf looks at every item
    private static TensorList tensors(List<?> list, int index) {
        try {
            return new TensorList(Call.copyOf((List<Tensor>) list));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("argument " + (index + 1) + ": " + e.getMessage(), e);
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
            case TensorList list ->
                items(value, MmTorch.MMT_TENSORS(), list.tensors().size(), call.in(list.tensors()));
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
