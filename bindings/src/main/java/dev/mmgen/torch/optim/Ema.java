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
 * The exponential moving average (EMA) of a module's weights, which draws better pictures than the weights themselves: after
 * every step {@code ema = ema * decay + weight * (1 - decay)}. Parameters that are not trained are shared with the module.
 */
public final class Ema implements AutoCloseable {

    private final double decay;
    private final Map<String, Parameter> parameters;
    private final Map<String, Tensor> values = new LinkedHashMap<>();

    /**
     * Makes an EMA that begins as a copy of the weights that require gradients now.
     *
     * @param decay the part of it that each step keeps, 0 to 1; the reference uses 0.9999
     */
    public Ema(Module module, double decay) {
        if (!(decay >= 0 && decay <= 1)) {
            throw new IllegalArgumentException("an EMA decay of " + decay + "; it must be from 0 to 1");
        }
        this.decay = decay;
        this.parameters = module.parameters();
        try (GradMode _ = Torch.noGrad()) {
            parameters.forEach((key, parameter) -> {
                if (!parameter.isFrozen() && parameter.value().requiresGrad()) {
                    values.put(key, parameter.value().copy().unscoped());
                }
            });
        }
    }

    /** Returns the part of it that each step keeps. */
    public double decay() {
        return decay;
    }

    /** Moves the EMA towards the weights; call it after every step of the optimizer. */
    public void update() {
        update(decay);
    }

    /**
     * Moves the EMA towards the weights with a decay of this step's own, as during its warm-up.
     *
     * @param keep the part of it that this step keeps, 0 to 1
     * @throws IllegalArgumentException if it is out of range
     */
    public void update(double keep) {
        if (!(keep >= 0 && keep <= 1)) {
            throw new IllegalArgumentException(
                    "the part of the EMA that a step keeps is " + keep + "; it must be from 0 to 1");
        }
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            parameters.forEach((key, parameter) -> {
                Tensor value = values.get(key);
                if (value != null) {
                    value.lerp_(parameter.value(), 1 - keep);
                }
            });
        }
    }

    /**
     * Returns a value for every parameter of the module under the module's names, for {@link Module#load}: the EMA of
     * trained ones, the others as they are. Storage is shared, so a module that has loaded it follows the EMA. Close the
     * result.
     */
    public StateDict state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        parameters.forEach((key, parameter) -> state.put(
                key, values.getOrDefault(key, parameter.value()).detach().unscoped()));
        return StateDict.of(state);
    }

    /**
     * Restores the EMA of a checkpoint; values are copied.
     *
     * @throws IllegalArgumentException if one is missing or has another shape; nothing is changed then
     */
    public void load(StateDict saved) {
        values.forEach((key, value) -> requireShape(saved, key, value.shape()));
        try (GradMode _ = Torch.noGrad()) {
            values.forEach((key, value) -> value.copy_(saved.get(key)));
        }
    }

    private static void requireShape(StateDict saved, String key, Shape wanted) {
        if (!saved.has(key)) {
            throw new IllegalArgumentException("the saved EMA lacks '" + key + "'");
        }
        if (!saved.shape(key).equals(wanted)) {
            throw new IllegalArgumentException("the saved EMA has '" + key + "' of shape " + saved.shape(key)
                    + ", but the module needs " + wanted);
        }
    }

    /** Frees the EMA. Closing twice has no effect. */
    @Override
    public void close() {
        values.values().forEach(Tensor::close);
    }
}
