package dev.mmgen.train.finetune;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A trained model with room for a modality of one's own, to be fine-tuned on it.
 *
 * <p>{@link #add} is for {@link dev.mmgen.modality.ModalitySet#add}. A modality that takes the slot of another
 * ({@link dev.mmgen.modality.ModalitySet#replace}, as the paper does with Canny edges for segmentation) needs no change of
 * weights: training goes on from those of the old one.
 */
public final class NewModality {

    private static final String TASK_TABLE = "taskcond_embedder.embedding_table.weight";

    private NewModality() {}

    /** Returns the shape of a model with one more modality. */
    public static TransformerConfig add(TransformerConfig config) {
        return config.toBuilder().modalities(config.modalities() + 1).build();
    }

    /**
     * Returns a copy of a model with one more modality in a slot at the end. Until it is trained, what it says of the old
     * modalities is what the model said, whatever the new slot holds and at whatever time it stands: patch embedding and
     * time fusion weigh the new slot with zero, and the task of the new condition begins as that of joint generation. The
     * new final layer begins as that of the last modality: from zero, neither it nor the patch embedding would get a
     * gradient that helps the other.
     *
     * @param model with values; it is left alone
     * @return a model of its own; close it after use
     * @throws IllegalArgumentException if the model has a single final layer, or times per latent element, whose embedding
     *     divides the width among the modalities
     */
    public static DiffusionTransformer add(DiffusionTransformer model) {
        requireRoom(model.config());
        DiffusionTransformer grown = new DiffusionTransformer(add(model.config()));
        Map<String, Parameter> known = model.parameters();
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> values = new LinkedHashMap<>();
            int last = model.config().modalities() - 1;
            grown.parameters().forEach((key, parameter) -> {
                String origin = key.replace(finalLayer(last + 1) + ".", finalLayer(last) + ".");
                values.put(
                        key,
                        grow(key, parameter.shape(), Objects.requireNonNull(known.get(origin)), model)
                                .unscoped());
            });
            try (StateDict state = StateDict.of(values)) {
                grown.load(state);
            }
            return grown;
        }
    }

    /** Returns the modules that {@link #add} widened, by the names of the larger model's settings. */
    public static List<String> sharedModules(TransformerConfig config) {
        List<String> widened = new ArrayList<>(List.of("x_embedder.proj"));
        if (config.timeEmbedding() == TimeEmbedding.PER_MODALITY) {
            widened.add("t_embedder.mlp_fused.0");
        }
        if (config.taskEmbedding()) {
            widened.add("taskcond_embedder.embedding_table");
        }
        return widened;
    }

    /** Returns the name of the final layer of a slot, counted from 0. */
    public static String finalLayer(int slot) {
        return "lis_final_layer." + slot;
    }

    private static void requireRoom(TransformerConfig config) {
        if (!config.jointHeads()) {
            throw new IllegalArgumentException(
                    "a model with a single final layer has no slots for modalities; train one with 'jointHeads'");
        }
        if (config.timeEmbedding() == TimeEmbedding.PER_ELEMENT) {
            throw new IllegalArgumentException("a model with times per latent element cannot take another modality: its"
                    + " time embedding divides the width among the modalities it was trained with");
        }
    }

    private static Tensor grow(String key, Shape shape, Parameter old, DiffusionTransformer model) {
        Tensor value = Torch.full(0, model.dtype(), model.device(), shape);
        Tensor place = value;
        for (int dim = 0; dim < shape.rank(); dim++) {
            place = place.slice(dim, 0, old.shape().size(dim));
        }
        place.copy_(old.value());
        if (key.equals(TASK_TABLE)) {
            value.select(0, shape.size(0) - 1).copy_(old.value().select(0, 0));
        }
        return value;
    }
}
