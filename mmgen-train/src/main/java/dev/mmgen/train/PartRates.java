package dev.mmgen.train;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.optim.AdamW;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The steps of an optimizer at the rates of {@link RateFactor}s. A parameter of which only a part has a factor is stepped at the
 * part's rate, and the rest of it is then taken back to where its own rate leads: AdamW moves each weight by itself, in
 * proportion to the rate.
 */
final class PartRates {

    private final AdamW optimizer;
    private final Map<String, RateFactor> parts = new LinkedHashMap<>();
    /** The parameters of which only a part has a factor. */
    private final Map<String, Parameter> divided = new LinkedHashMap<>();

    /**
     * @throws IllegalArgumentException if a part is of no parameter that is trained, or begins behind its end
     */
    PartRates(Module model, AdamW optimizer, List<RateFactor> factors) {
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
                if (part.from() > 0) {
                    divided.put(key, requireInside(part, key, parameters.get(key)));
                }
            }
        }
    }

    private static Parameter requireInside(RateFactor part, String key, Parameter parameter) {
        if (part.dimension() >= parameter.shape().rank()
                || part.from() >= parameter.shape().size(part.dimension())) {
            throw new IllegalArgumentException(
                    "setting 'rateFactors' names places from " + part.from() + " on in dimension " + part.dimension()
                            + " of '" + key + "', whose shape is " + parameter.shape());
        }
        return parameter;
    }

    /** Moves the parameters that have gradients. */
    void step(double rate) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> before = new LinkedHashMap<>();
            divided.forEach(
                    (key, parameter) -> before.put(key, rest(key, parameter).copy()));
            optimizer.step(key -> parts.containsKey(key) ? rate * parts.get(key).factor() : rate);
            divided.forEach((key, parameter) -> rest(key, parameter)
                    .copy_(before.get(key)
                            .lerp(rest(key, parameter), 1 / parts.get(key).factor())));
        }
    }

    /** Returns the part of a parameter that learns like the other parameters. */
    private Tensor rest(String key, Parameter parameter) {
        RateFactor part = parts.get(key);
        return parameter.value().slice(part.dimension(), 0, part.from());
    }
}
