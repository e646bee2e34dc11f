package dev.mmgen.train.finetune;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A trained model with room for further classes, which begin as "no class" and so change nothing of the old ones. */
final class NewClasses {

    private static final String TABLE = "y_embedder.embedding_table.weight";

    private NewClasses() {}

    /** Returns the shape of a model with so many more classes. */
    static TransformerConfig add(TransformerConfig config, int classes) {
        return config.toBuilder().classes(config.classes() + classes).build();
    }

    /**
     * Returns a copy of a model with more classes, behind those that it has and before its null class.
     *
     * @param model with values and a null class; it is left alone
     * @return a model of its own; close it after use
     * @throws IllegalArgumentException if the model has no null class
     */
    static DiffusionTransformer add(DiffusionTransformer model, int classes) {
        TransformerConfig shape = model.config();
        if (!shape.nullClass()) {
            throw new IllegalArgumentException("a model without a null class cannot take new classes: there is nothing"
                    + " that they could begin as");
        }
        DiffusionTransformer grown = new DiffusionTransformer(add(shape, classes));
        Map<String, Parameter> known = model.parameters();
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> values = new LinkedHashMap<>();
            grown.parameters().forEach((key, parameter) -> {
                Tensor old = Objects.requireNonNull(known.get(key)).value();
                Tensor value = old.copy();
                if (key.equals(TABLE)) {
                    value = Torch.full(0, model.dtype(), model.device(), parameter.shape());
                    value.slice(0, 0, shape.classes()).copy_(old.slice(0, 0, shape.classes()));
                    value.slice(0, shape.classes(), shape.classes() + classes + 1L)
                            .copy_(old.slice(0, shape.classes(), shape.classes() + 1L));
                }
                values.put(key, value.unscoped());
            });
            try (StateDict state = StateDict.of(values)) {
                grown.load(state);
            }
            return grown;
        } catch (RuntimeException e) {
            grown.close();
            throw e;
        }
    }
}
