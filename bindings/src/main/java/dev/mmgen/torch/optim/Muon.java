package dev.mmgen.torch.optim;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
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
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Momentum whose steps are made orthogonal (Muon; Jordan et al., 2024), for matrices and the kernels of convolutions, which are
 * matrices of one row per channel that comes out, beside {@link AdamW} for everything else: biases, norms, tables of embeddings.
 * All directions of a matrix move equally far, those of small gradients too, so a network needs fewer samples; a step costs
 * seventeen products of squares as large as the matrix's shorter side.
 *
 * <p>Steps are made as large as AdamW's are (root of mean square 0.2; Liu et al., 2025), so that one learning rate and one weight
 * decay serve both. The rule is that of PyTorch's {@code Muon} with Nesterov's momentum and {@code match_rms_adamw}.
 */
public final class Muon implements Optimizer {

    /** End of the name in {@link #state}, as PyTorch calls it. */
    private static final String MOMENTUM = ".momentum_buffer";

    private static final int ITERATIONS = 5;
    private static final double SMALLEST_NORM = 1e-7;
    private static final double ROOT_MEAN_SQUARE = 0.2;

    private final Settings settings;
    private final List<String> keys;
    private final Map<String, Parameter> matrices = new LinkedHashMap<>();
    private final Map<String, Tensor> momenta = new LinkedHashMap<>();
    private final AdamW others;

    /**
     * The numbers that stay the same from step to step, unlike the learning rate.
     *
     * @param momentum how much of the mean gradient of a matrix stays in a step: from 0 to below 1; default 0.95
     * @param adamW    for everything else; its weight decay is that of the matrices too
     */
    public record Settings(double momentum, AdamW.Settings adamW) {

        /** Momentum 0.95, and AdamW's defaults. */
        public static final Settings DEFAULT = new Settings(0.95, AdamW.Settings.DEFAULT);

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if the momentum is out of range
         */
        public Settings {
            if (!(momentum >= 0 && momentum < 1)) {
                throw new IllegalArgumentException("Muon's momentum is " + momentum + "; it must be from 0 to below 1");
            }
        }

        /** Returns the same settings with another momentum. */
        public Settings withMomentum(double newMomentum) {
            return new Settings(newMomentum, adamW);
        }

        /** Returns the same settings with others of AdamW. */
        public Settings withAdamW(AdamW.Settings newAdamW) {
            return new Settings(momentum, newAdamW);
        }
    }

    /**
     * Makes an optimizer of the parameters of a module that require gradients now.
     *
     * @param wanted says by its name which parameter moves by Muon, if it has two or more dimensions
     * @throws IllegalArgumentException if there is no such matrix, or no parameter requires gradients
     */
    public Muon(Module module, Settings settings, Predicate<String> wanted) {
        Map<String, Parameter> rest = AdamW.trained(module);
        this.settings = settings;
        this.keys = List.copyOf(rest.keySet());
        rest.forEach((key, parameter) -> {
            if (wanted.test(key) && parameter.shape().rank() >= 2) {
                matrices.put(key, parameter);
            }
        });
        if (matrices.isEmpty()) {
            throw new IllegalArgumentException(
                    "none of the parameters named for Muon is a matrix that requires gradients");
        }
        rest.keySet().removeAll(matrices.keySet());
        this.others = new AdamW(rest, settings.adamW);
    }

    /** Returns the settings. */
    public Settings settings() {
        return settings;
    }

    @Override
    public List<String> keys() {
        return keys;
    }

    @Override
    public List<Tensor> gradients() {
        List<Tensor> gradients = new ArrayList<>(AdamW.gradients(matrices));
        gradients.addAll(others.gradients());
        return gradients;
    }

    @Override
    public void step(ToDoubleFunction<String> rates) {
        // All rates before anything moves.
        double[] rateOf = matrices.keySet().stream()
                .mapToDouble(key -> AdamW.requireRate(rates.applyAsDouble(key)))
                .toArray();
        others.step(rates);
        int place = 0;
        for (Map.Entry<String, Parameter> matrix : matrices.entrySet()) {
            try (TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                Tensor value = matrix.getValue().value();
                Tensor gradient = value.grad();
                if (gradient != null) {
                    move(value, momentum(matrix.getKey(), value, gradient), rateOf[place]);
                }
            }
            place++;
        }
    }

    /** Returns Nesterov's momentum of a matrix, after its gradient. */
    private Tensor momentum(String key, Tensor value, Tensor gradient) {
        Tensor mean = momenta.computeIfAbsent(key, _ -> AdamW.zerosLike(value));
        mean.lerp_(gradient, 1 - settings.momentum);
        return gradient.lerp(mean, settings.momentum);
    }

    private void move(Tensor value, Tensor momentum, double rate) {
        long rows = value.size(0);
        long columns = value.elements() / rows;
        double length = ROOT_MEAN_SQUARE * Math.sqrt(Math.max(rows, columns));
        Tensor update = orthogonal(momentum.reshape(rows, columns))
                .reshape(value.shape().toArray())
                .to(value.dtype());
        Tensor kept = value.mul(1 - rate * settings.adamW.weightDecay());
        value.copy_(kept.addScaled(update, -rate * length));
    }

    /**
     * Returns about the nearest matrix whose singular values are all 1, by the Newton-Schulz iteration with coefficients that are
     * fast rather than exact: singular values end up from 0.7 to 1.2. Each iteration multiplies from the left by a polynomial of
     * the matrix times its transpose; such polynomials commute, so only this small square is iterated, and the matrix itself
     * multiplied once.
     *
     * @param matrix {@code [rows, columns]}
     */
    static Tensor orthogonal(Tensor matrix) {
        boolean tall = matrix.size(0) > matrix.size(1);
        Tensor x = (tall ? matrix.transpose(0, 1) : matrix).to(DType.FLOAT32);
        x = x.div(x.norm().clamp(SMALLEST_NORM, Double.MAX_VALUE));
        Tensor identity = identity((int) x.size(0)).to(x.device());
        Tensor square = x.matmul(x.transpose(0, 1));
        Tensor factor = polynomial(square, identity);
        Tensor last = factor;
        for (int i = 1; i < ITERATIONS; i++) {
            square = last.matmul(square).matmul(last);
            last = polynomial(square, identity);
            factor = last.matmul(factor);
        }
        Tensor made = factor.matmul(x);
        return tall ? made.transpose(0, 1) : made;
    }

    private static Tensor polynomial(Tensor square, Tensor identity) {
        return identity.mul(3.4445).addScaled(square, -4.7750).addScaled(square.matmul(square), 2.0315);
    }

    private static Tensor identity(int size) {
        Tensor places = Torch.arange(size);
        return places.unsqueeze(0).eq(places.unsqueeze(1)).to(DType.FLOAT32);
    }

    @Override
    public void clearGradients() {
        matrices.values().forEach(parameter -> parameter.value().clearGrad());
        others.clearGradients();
    }

    /** Returns {@code <parameter>.momentum_buffer} of the matrices, and {@linkplain AdamW#state AdamW's} of the others. */
    @Override
    public StateDict state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        momenta.forEach((key, mean) -> state.put(key + MOMENTUM, mean.detach().unscoped()));
        state.putAll(others.state().asMap());
        return StateDict.of(state);
    }

    @Override
    public void load(StateDict state) {
        Map<String, Tensor> rest = new LinkedHashMap<>(state.asMap());
        Map<String, Tensor> loaded = new LinkedHashMap<>();
        try {
            matrices.forEach((key, parameter) -> {
                if (rest.remove(key + MOMENTUM) != null) {
                    AdamW.requireShape(state, key + MOMENTUM, parameter.shape());
                    loaded.put(key, AdamW.own(state.get(key + MOMENTUM), parameter.value()));
                }
            });
            others.load(StateDict.of(rest));
        } catch (RuntimeException e) {
            loaded.values().forEach(Tensor::close);
            throw e;
        }
        momenta.values().forEach(Tensor::close);
        momenta.clear();
        momenta.putAll(loaded);
    }

    @Override
    public void close() {
        momenta.values().forEach(Tensor::close);
        momenta.clear();
        others.close();
    }
}
