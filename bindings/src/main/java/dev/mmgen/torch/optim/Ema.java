package dev.mmgen.torch.optim;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The exponential moving average of a module's weights: after every step
 * {@code average * decay + weight * (1 - decay)}. Parameters that are not trained are shared with the module, not
 * averaged.
 */
public final class Ema implements AutoCloseable {

    private final double decay;
    private final Map<String, Parameter> parameters;
    private final Map<String, Tensor> averages = new LinkedHashMap<>();

    /**
     * Starts with a copy of the weights that require gradients now.
     *
     * @param decay how much of the average stays in each step, 0 to 1; the reference uses 0.9999
     */
    public Ema(Module module, double decay) {
        if (!(decay >= 0 && decay <= 1)) {
            throw new IllegalArgumentException(
                    "a decay of " + decay + " for the moving average; it must be from 0 to 1");
        }
        this.decay = decay;
        this.parameters = module.parameters();
        try (GradMode _ = Torch.noGrad()) {
            parameters.forEach((key, parameter) -> {
                if (!parameter.isFrozen() && parameter.value().requiresGrad()) {
                    averages.put(key, parameter.value().copy().unscoped());
                }
            });
        }
    }

    /** Returns how much of the average stays in each step. */
    public double decay() {
        return decay;
    }

    /** Moves the averages towards the weights; call it after every step of the optimizer. */
    public void update() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            parameters.forEach((key, parameter) -> {
                Tensor average = averages.get(key);
                if (average != null) {
                    average.lerp_(parameter.value(), 1 - decay);
                }
            });
        }
    }

    /**
     * Returns a value for every parameter of the module, averages where there are any, under the module's names: what
     * its {@link Module#load} takes. Storage is shared, so a module that has loaded it follows the averages. Close the
     * result.
     */
    public StateDict state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        parameters.forEach((key, parameter) -> state.put(
                key, averages.getOrDefault(key, parameter.value()).detach().unscoped()));
        return StateDict.of(state);
    }

    /**
     * Goes on from saved averages; values are copied.
     *
     * @throws IllegalArgumentException if one is missing or has another shape; nothing is changed then
     */
    public void load(StateDict saved) {
        averages.forEach((key, average) -> requireShape(saved, key, average.shape()));
        try (GradMode _ = Torch.noGrad()) {
            averages.forEach((key, average) -> average.copy_(saved.get(key)));
        }
    }

    private static void requireShape(StateDict saved, String key, Shape wanted) {
        if (!saved.has(key)) {
            throw new IllegalArgumentException("the saved averages lack '" + key + "'");
        }
        if (!saved.shape(key).equals(wanted)) {
            throw new IllegalArgumentException("the saved averages have '" + key + "' of shape " + saved.shape(key)
                    + ", but the module needs " + wanted);
        }
    }

    /** Frees the averages. Closing twice has no effect. */
    @Override
    public void close() {
        averages.values().forEach(Tensor::close);
    }
}
