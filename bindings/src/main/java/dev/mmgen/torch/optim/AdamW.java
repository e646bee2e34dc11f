package dev.mmgen.torch.optim;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Foreach;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch's fused kernel computes it.
 *
 * <p>It steps the parameters that require gradients. One that has received none is left alone, its moments and its
 * count of steps too, as PyTorch does. Moments have the type and the device of their parameter.
 */
public final class AdamW implements Optimizer {

    /** Ends of the names in {@link #state}: {@code <parameter>.exp_avg} and so on, as PyTorch calls them. */
    private static final String STEP = ".step";

    private static final String FIRST = ".exp_avg";
    private static final String SECOND = ".exp_avg_sq";

    private final Settings settings;
    private final Map<String, Parameter> parameters;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    /**
     * The numbers that stay the same from step to step, unlike the learning rate:
     * {@code AdamW.Settings.DEFAULT.withWeightDecay(0.01)}.
     *
     * @param beta1       decay of the first moment, the mean gradient: from 0 to below 1; default 0.9
     * @param beta2       decay of the second moment, the mean squared gradient: from 0 to below 1; default 0.999
     * @param weightDecay factor by which, times the learning rate, weights shrink in every step: at least 0; default 0
     * @param epsilon     addend to the root of the second moment: at least 0; default 1e-8
     */
    public record Settings(double beta1, double beta2, double weightDecay, double epsilon) {

        /** The largest weight decay and epsilon: far beyond any that trains. */
        private static final double MAX_NUMBER = 1e6;

        /** The reference's: 0.9, 0.999, no decay, 1e-8. */
        public static final Settings DEFAULT = new Settings(0.9, 0.999, 0, 1e-8);

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException naming the one that is out of range
         */
        public Settings {
            require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "from 0 to below 1");
            require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "from 0 to below 1");
            require(
                    weightDecay >= 0 && weightDecay <= MAX_NUMBER,
                    "weightDecay",
                    weightDecay,
                    "from 0 to " + MAX_NUMBER);
            require(epsilon >= 0 && epsilon <= MAX_NUMBER, "epsilon", epsilon, "from 0 to " + MAX_NUMBER);
        }

        /** Returns the same settings with another decay of the first moment. */
        public Settings withBeta1(double newBeta1) {
            return new Settings(newBeta1, beta2, weightDecay, epsilon);
        }

        /** Returns the same settings with another decay of the second moment. */
        public Settings withBeta2(double newBeta2) {
            return new Settings(beta1, newBeta2, weightDecay, epsilon);
        }

        /** Returns the same settings with another weight decay. */
        public Settings withWeightDecay(double newWeightDecay) {
            return new Settings(beta1, beta2, newWeightDecay, epsilon);
        }

        /** Returns the same settings with another epsilon. */
        public Settings withEpsilon(double newEpsilon) {
            return new Settings(beta1, beta2, weightDecay, newEpsilon);
        }

        private static void require(boolean holds, String name, double value, String rule) {
            if (!holds) {
                throw new IllegalArgumentException("AdamW's " + name + " is " + value + "; it must be " + rule);
            }
        }
    }

    private record Moments(Tensor first, Tensor second, long step) {
        Moments next() {
            return new Moments(first, second, step + 1);
        }

        void close() {
            first.close();
            second.close();
        }
    }

    /**
     * Makes an optimizer of the parameters of a module that require gradients now.
     *
     * @throws IllegalArgumentException if none does: call {@link Module#requiresGrad} first
     */
    public AdamW(Module module, Settings settings) {
        this(trained(module), settings);
    }

    /** Makes an optimizer of these parameters; there may be none. */
    AdamW(Map<String, Parameter> parameters, Settings settings) {
        this.settings = settings;
        this.parameters = parameters;
    }

    /** Returns the parameters of a module that require gradients, at least one. */
    static Map<String, Parameter> trained(Module module) {
        Map<String, Parameter> trained = new LinkedHashMap<>(module.parameters());
        trained.values()
                .removeIf(
                        parameter -> parameter.isFrozen() || !parameter.value().requiresGrad());
        if (trained.isEmpty()) {
            throw new IllegalArgumentException(
                    "no parameter requires gradients; call requiresGrad(true) on the module first");
        }
        return trained;
    }

    /** Returns the settings. */
    public Settings settings() {
        return settings;
    }

    @Override
    public List<String> keys() {
        return List.copyOf(parameters.keySet());
    }

    @Override
    public List<Tensor> gradients() {
        return gradients(parameters);
    }

    static List<Tensor> gradients(Map<String, Parameter> parameters) {
        List<Tensor> gradients = new ArrayList<>();
        for (Parameter parameter : parameters.values()) {
            Tensor gradient = parameter.value().grad();
            if (gradient != null) {
                gradients.add(gradient);
            }
        }
        return gradients;
    }

    @Override
    public void step(ToDoubleFunction<String> rates) {
        Map<Double, Group> groups = new TreeMap<>();
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            parameters.forEach((key, parameter) -> {
                Tensor gradient = parameter.value().grad();
                if (gradient != null) {
                    double rate = requireRate(rates.applyAsDouble(key));
                    groups.computeIfAbsent(rate, _ -> new Group()).add(key, parameter.value(), gradient);
                }
            });
            StepCounts counts = new StepCounts();
            groups.forEach((rate, group) -> step(rate, group, counts));
        }
    }

    static double requireRate(double rate) {
        if (!(rate >= 0 && rate <= LearningRate.MAX)) {
            throw new IllegalArgumentException(
                    "a learning rate of " + rate + "; it must be from 0 to " + LearningRate.MAX);
        }
        return rate;
    }

    private void step(double rate, Group group, StepCounts counts) {
        List<Tensor> first = new ArrayList<>();
        List<Tensor> second = new ArrayList<>();
        List<Tensor> steps = new ArrayList<>();
        Map<String, Moments> stepped = new LinkedHashMap<>();
        for (int i = 0; i < group.keys.size(); i++) {
            String key = group.keys.get(i);
            Tensor value = group.values.get(i);
            Moments current = moments.computeIfAbsent(key, _ -> fresh(value)).next();
            stepped.put(key, current);
            first.add(current.first);
            second.add(current.second);
            steps.add(counts.of(current.step, value.device()));
        }
        Foreach.adamW_(
                new Foreach.AdamWLists(group.values, group.gradients, new Foreach.Moments(first, second, steps)),
                rate,
                new Foreach.AdamWRule(settings.beta1, settings.beta2, settings.weightDecay, settings.epsilon));
        // A step that was refused does not count.
        moments.putAll(stepped);
    }

    /** The parameters that move at one rate, and their gradients. */
    private static final class Group {
        private final List<String> keys = new ArrayList<>();
        private final List<Tensor> values = new ArrayList<>();
        private final List<Tensor> gradients = new ArrayList<>();

        void add(String key, Tensor value, Tensor gradient) {
            keys.add(key);
            values.add(value);
            gradients.add(gradient);
        }
    }

    /** The step counts as the kernel reads them, one tensor per parameter; equal counts share one. */
    private static final class StepCounts {
        private final Map<Long, Tensor> tensors = new TreeMap<>();

        Tensor of(long step, Device device) {
            return tensors.computeIfAbsent(step, count -> Torch.full(count, DType.FLOAT32, device, Shape.of()));
        }
    }

    private static Moments fresh(Tensor value) {
        return new Moments(zerosLike(value), zerosLike(value), 0);
    }

    static Tensor zerosLike(Tensor value) {
        return Torch.full(0, value.dtype(), value.device(), value.shape()).unscoped();
    }

    @Override
    public void clearGradients() {
        parameters.values().forEach(parameter -> parameter.value().clearGrad());
    }

    /**
     * Returns {@code <parameter>.step}, {@code .exp_avg} and {@code .exp_avg_sq} of every parameter that has been
     * stepped, in the module's order. Moments share storage with the optimizer. Close the result.
     */
    @Override
    public StateDict state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        for (String key : parameters.keySet()) {
            Moments known = moments.get(key);
            if (known != null) {
                state.put(key + STEP, Torch.scalar((double) known.step).unscoped());
                state.put(key + FIRST, known.first.detach().unscoped());
                state.put(key + SECOND, known.second.detach().unscoped());
            }
        }
        return StateDict.of(state);
    }

    @Override
    public void load(StateDict state) {
        Map<String, Moments> loaded = new LinkedHashMap<>();
        try {
            parameters.forEach((key, parameter) -> {
                if (state.has(key + STEP) || state.has(key + FIRST) || state.has(key + SECOND)) {
                    loaded.put(key, read(state, key, parameter.value()));
                }
            });
            if (loaded.size() * 3 != state.size()) {
                throw new IllegalArgumentException("the optimizer state has '" + firstUnknown(state)
                        + "', which belongs to no parameter that AdamW trains here; it was saved with another model, or with"
                        + " other matrices left to Muon");
            }
        } catch (RuntimeException e) {
            loaded.values().forEach(Moments::close);
            throw e;
        }
        close();
        moments.putAll(loaded);
    }

    private static Moments read(StateDict state, String key, Tensor value) {
        requireShape(state, key + STEP, Shape.of());
        requireShape(state, key + FIRST, value.shape());
        requireShape(state, key + SECOND, value.shape());
        double step = state.get(key + STEP).item();
        if (!(step >= 0 && step <= 1L << 53 && step == Math.rint(step))) {
            throw new IllegalArgumentException("'" + key + STEP + "' is " + step + ", not a number of steps");
        }
        return new Moments(own(state.get(key + FIRST), value), own(state.get(key + SECOND), value), (long) step);
    }

    static void requireShape(StateDict state, String name, Shape wanted) {
        if (!state.has(name)) {
            throw new IllegalArgumentException("the optimizer state lacks '" + name + "'");
        }
        if (!state.shape(name).equals(wanted)) {
            throw new IllegalArgumentException("the optimizer state has '" + name + "' of shape " + state.shape(name)
                    + ", but the parameter needs " + wanted);
        }
    }

    static Tensor own(Tensor stored, Tensor value) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            return zerosLike(value).copy_(stored);
        }
    }

    private String firstUnknown(StateDict state) {
        for (String name : state.keys()) {
            int end = name.lastIndexOf('.');
            String part = name.substring(Math.max(end, 0));
            if (end < 0
                    || !List.of(STEP, FIRST, SECOND).contains(part)
                    || !parameters.containsKey(name.substring(0, end))) {
                return name;
            }
        }
        return "?";
    }

    @Override
    public void close() {
        moments.values().forEach(Moments::close);
        moments.clear();
    }
}
