package dev.mmgen.fuzz;

import dev.mmgen.torch.Arithmetic;
import dev.mmgen.torch.Comparison;
import dev.mmgen.torch.Differentiable;
import dev.mmgen.torch.Foreach;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Operator;
import dev.mmgen.torch.PackedMatrix;
import dev.mmgen.torch.Pointwise;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Reduction;
import dev.mmgen.torch.Shaping;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.Transfer;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Embedding;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.LayerNorm;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.SelfAttention;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradientClip;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One way to call the library with random arguments. */
interface TensorCall {

    /** Makes the call; what it returns may be a tensor or several. */
    @Nullable
    Object make(TensorArguments arguments) throws Throwable;

    /** Operators of other signatures than those of the methods, with a letter for each argument. */
    List<String[]> OPERATORS = List.of(
            operator("aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor", "TLL"),
            operator("aten::tril(Tensor self, SymInt diagonal=0) -> Tensor", "Tl"),
            operator(
                    "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
                    "Tlb"),
            operator(
                    "aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
                    "TlTTd"),
            operator("aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)", "Tlll"),
            operator("aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)", "Tlll"),
            operator(
                    "aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1,"
                            + " bool ceil_mode=False) -> Tensor",
                    "TLLLLb"),
            operator("aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", "TlTT"),
            operator(
                    "aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
                    "TsTb"),
            operator("aten::repeat(Tensor self, SymInt[] repeats) -> Tensor", "TL"),
            operator("aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor", "es0"),
            operator(
                    "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values,"
                            + " Tensor indices)",
                    "Tllbb"));

    int LARGEST_RANGE = 3000;

    private static String[] operator(String schema, String arguments) {
        return new String[] {schema, arguments};
    }

    /** Methods that change the whole process, or wait. */
    Set<String> LEFT_OUT =
            Set.of("setThreads", "describeBuild", "arange", "cudaDevices", "manualSeed", "synchronize", "liveTensors");

    static List<TensorCall> all() {
        List<TensorCall> calls = new ArrayList<>();
        TensorArguments probe = new TensorArguments(new SplittableRandom(), null, _ -> null);
        Stream.of(
                        Arithmetic.class,
                        Pointwise.class,
                        Comparison.class,
                        Reduction.class,
                        Shaping.class,
                        Transfer.class,
                        Differentiable.class,
                        Torch.class,
                        Functional.class,
                        Foreach.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers())
                        && !method.isSynthetic()
                        && !LEFT_OUT.contains(method.getName())
                        && Arrays.stream(method.getParameterTypes()).allMatch(probe::supports))
                .sorted(Comparator.comparing(Method::toString))
                .forEach(method -> calls.add(of(method)));
        for (String[] operator : OPERATORS) {
            calls.add(of(operator[0], operator[1]));
        }
        calls.add(named("Tensor.close", arguments -> {
            if (arguments.random().nextInt(8) == 0) {
                arguments.tensor().close();
            }
            return null;
        }));
        // Two milliards of numbers could be had, and would only take all memory; so could a count of what an empty
        // tensor holds.
        calls.add(named("Torch.arange", arguments -> Torch.arange(Math.min(arguments.integer(), LARGEST_RANGE))));
        Operator bincount =
                Operator.of("aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor");
        calls.add(named("bincount", arguments -> {
            try (Tensor numbers = arguments.tensor().clamp(-3, LARGEST_RANGE)) {
                return bincount.callAll(
                        numbers, arguments.draw(Tensor.class, true), Math.min(arguments.whole(), LARGEST_RANGE));
            }
        }));
        calls.add(named("Tensor.unscoped", arguments -> arguments.tensor().unscoped()));
        calls.add(named("Tensor.toString", arguments -> arguments.tensor().toString()));
        calls.add(named("layer", TensorCall::layer));
        calls.add(named("packed matrix", TensorCall::packed));
        calls.add(named("quantized matrix", TensorCall::quantized));
        calls.add(named("optimizer", TensorCall::optimize));
        return calls;
    }

    private static TensorCall named(String name, TensorCall call) {
        return new TensorCall() {
            @Override
            public @Nullable Object make(TensorArguments arguments) throws Throwable {
                arguments.begin();
                return call.make(arguments);
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    private static TensorCall of(Method method) {
        Parameter[] parameters = method.getParameters();
        boolean[] nullable = new boolean[parameters.length];
        for (int i = 0; i < nullable.length; i++) {
            nullable[i] = parameters[i].getAnnotatedType().isAnnotationPresent(Nullable.class);
        }
        return named(method.toString(), arguments -> {
            Object self = Modifier.isStatic(method.getModifiers()) ? null : arguments.tensor();
            Object[] values = new Object[parameters.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = arguments.draw(parameters[i].getType(), nullable[i]);
            }
            try {
                return method.invoke(self, values);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private static TensorCall of(String schema, String kinds) {
        Operator operator = Operator.of(schema);
        return named(schema, arguments -> {
            Object[] values = new Object[kinds.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = switch (kinds.charAt(i)) {
                    case 'T' -> arguments.draw(Tensor.class, false);
                    case 't' -> arguments.draw(Tensor.class, true);
                    case 'L' -> arguments.draw(long[].class, false);
                    case 'l' -> arguments.draw(long.class, false);
                    case 'd' -> arguments.draw(double.class, false);
                    case 'b' -> arguments.draw(boolean.class, false);
                    case 's' -> arguments.draw(List.class, false);
                    case 'e' ->
                        List.of("ij,jk->ik", "i,i->", "ii->i", "...,...", "ij->", "\u00e4,->")
                                .get(arguments.random().nextInt(6));
                    default -> null;
                };
            }
            return operator.callAll(values);
        });
    }

    private static Module module(TensorArguments arguments) {
        long in = arguments.random().nextInt(4) == 0
                ? arguments.whole()
                : 1 + arguments.random().nextInt(5);
        long out = arguments.random().nextInt(4) == 0
                ? arguments.whole()
                : 1 + arguments.random().nextInt(5);
        // A module of this size could be made; it would only take all memory.
        if (in > 1000 || out > 1000) {
            throw new IllegalArgumentException("left out");
        }
        return switch (arguments.random().nextInt(6)) {
            case 0 -> new Linear(in, out);
            case 1 ->
                new Conv2d(
                        in,
                        out,
                        arguments.random().nextInt(4),
                        Conv2d.padding(arguments.random().nextInt(3)));
            case 2 -> new LayerNorm(in, 1e-5);
            case 3 -> new GroupNorm(arguments.random().nextInt(4), in, 1e-5);
            case 4 -> new Embedding(in, out);
            default ->
                new SelfAttention(
                        in, arguments.random().nextInt(4), arguments.random().nextBoolean());
        };
    }

    /** A layer on a random tensor, sometimes with a random tensor for one of its parameters. */
    private static @Nullable Object layer(TensorArguments arguments) {
        try (Module module = module(arguments);
                Generator generator = Generator.seeded(1)) {
            module.initialize(generator);
            if (arguments.random().nextInt(3) == 0) {
                set(module, arguments);
            }
            return ((Layer) module).forward(arguments.tensor());
        }
    }

    /** A product with a matrix of any form that was packed. */
    private static @Nullable Object packed(TensorArguments arguments) {
        PackedMatrix matrix = PackedMatrix.of(arguments.tensor(), arguments.whole());
        Tensor bias = arguments.random().nextBoolean() ? arguments.tensor() : null;
        return switch (arguments.random().nextInt(3)) {
            case 0 -> matrix.unpack();
            case 1 -> matrix.linear(arguments.tensor(), bias);
            default -> matrix.linearGelu(arguments.tensor(), bias);
        };
    }

    /** A product with a matrix of any form in eight bits. */
    private static @Nullable Object quantized(TensorArguments arguments) {
        QuantizedMatrix matrix = QuantizedMatrix.of(arguments.tensor());
        Tensor bias = arguments.random().nextBoolean() ? arguments.tensor() : null;
        return arguments.random().nextBoolean()
                ? matrix.linear(arguments.tensor(), bias)
                : matrix.linearGelu(arguments.tensor(), bias);
    }

    /** Gives the first parameter a value of any form. */
    private static void set(Module module, TensorArguments arguments) {
        Tensor value = arguments.tensor().copy().unscoped();
        try {
            module.parameters().values().iterator().next().set(value);
        } catch (RuntimeException e) {
            value.close();
            throw e;
        }
    }

    /** A few steps of a linear map, with gradients and values of random forms. */
    private static @Nullable Object optimize(TensorArguments arguments) {
        try (Linear module = new Linear(3, 2);
                Generator generator = Generator.seeded(1)) {
            module.initialize(generator);
            try (AdamW optimizer = new AdamW(module, AdamW.Settings.DEFAULT);
                    Ema ema = new Ema(module, 0.9);
                    Tensor input = Torch.ones(2, 3);
                    Tensor output = module.forward(input);
                    Tensor sum = output.sum()) {
                sum.backward();
                if (arguments.random().nextInt(3) == 0) {
                    set(module, arguments);
                }
                new GradientClip(arguments.real()).apply(optimizer.gradients());
                optimizer.step(arguments.real());
                ema.update();
                optimizer.clearGradients();
            }
        }
        return null;
    }
}
