package dev.mmgen.train;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.optim.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The steps of an optimizer at the rates of {@link RateFactor}s. A parameter of which only a part has a factor is stepped at the
 * part's rate, and the rest of it is then taken back to where its own rate leads, or to where it was: optimizers move each
 * weight in proportion to the rate.
 */
final class PartRates {

    private final Optimizer optimizer;
    private final Map<String, RateFactor> parts = new LinkedHashMap<>();
    private final List<Divided> divided = new ArrayList<>();

    /** A parameter of which only a part has a factor. */
    private record Divided(Parameter parameter, RateFactor part) {

        /** Returns the part that learns like the other parameters, or not at all. */
        Tensor rest() {
            return parameter.value().slice(part.dimension(), 0, part.from());
        }

        void takeBack(Tensor before) {
            rest().copy_(part.restFrozen() ? before : before.lerp(rest(), 1 / part.factor()));
        }
    }

    /**
     * @throws IllegalArgumentException if a part is of no parameter that is trained, or begins behind its end
     */
    PartRates(Module model, Optimizer optimizer, List<RateFactor> factors) {
        this.optimizer = optimizer;
        Map<String, Parameter> parameters = model.parameters();
        for (RateFactor part : factors) {
            List<String> keys = optimizer.keys().stream().filter(part::covers).toList();
            if (keys.isEmpty()) {
                throw new IllegalArgumentException("setting 'rateFactors' names '" + part.weights()
                        + "', but no such weights are trained; the model has " + model);
            }
            for (String key : keys) {
                parts.put(key, part);
                Parameter parameter = parameters.get(key);
                if (part.from() > 0 && parameter != null) {
                    requireInside(part, key, parameter);
                    divided.add(new Divided(parameter, part));
                }
            }
        }
    }

    private static void requireInside(RateFactor part, String key, Parameter parameter) {
        boolean inside = part.dimension() < parameter.shape().rank()
                && part.from() < parameter.shape().size(part.dimension()) + (part.restFrozen() ? 1 : 0);
        if (!inside) {
            throw new IllegalArgumentException(
                    "setting 'rateFactors' names places from " + part.from() + " on in dimension " + part.dimension()
                            + " of '" + key + "', whose shape is " + parameter.shape());
        }
    }

    /** Moves the parameters that have gradients. */
    void step(double rate) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            List<Tensor> before =
                    divided.stream().map(each -> each.rest().copy()).toList();
            optimizer.step(key -> {
                RateFactor part = parts.get(key);
                return part == null ? rate : rate * part.factor();
            });
            for (int i = 0; i < before.size(); i++) {
                divided.get(i).takeBack(before.get(i));
            }
        }
    }
}
