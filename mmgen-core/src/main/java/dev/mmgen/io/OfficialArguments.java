package dev.mmgen.io;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments that the official implementation trains and builds models with, as its checkpoints ({@code args}) and
 * its {@code args.json} hold them: those of {@code train.py} ({@code model}, {@code resolution}, {@code cfg_prob}) and
 * those of the model's constructor ({@code hidden_size}, {@code input_size}, {@code class_dropout_prob}), which come
 * first where both are given. An absent argument has the official default; arguments that do not concern the model are
 * ignored.
 */
public final class OfficialArguments {

    /** Image pixels per latent pixel of the autoencoder. */
    private static final int VAE_STRIDE = 8;

    private final Map<String, ?> values;

    private OfficialArguments(Map<String, ?> values) {
        this.values = values;
    }

    /** Wraps arguments by their Python names; values are numbers, booleans, texts, lists of numbers or null. */
    public static OfficialArguments of(Map<String, ?> values) {
        return new OfficialArguments(values);
    }

    /**
     * Returns the shape of the model.
     *
     * @throws IllegalArgumentException naming the argument whose value is unknown, of the wrong type or out of range
     */
    public TransformerConfig transformer() {
        TransformerConfig size = size(text("model", "SiT-XL/2"));
        int width = integer("hidden_size", size.width());
        int headWidth = integer("decoder_hidden_size", width);
        if (headWidth != width) {
            throw new IllegalArgumentException("official argument 'decoder_hidden_size' is " + headWidth
                    + "; it must equal hidden_size, " + width);
        }
        return size.toBuilder()
                .inputSize(integer("input_size", integer("resolution", 32 * VAE_STRIDE) / VAE_STRIDE))
                .patchSize(integer("patch_size", size.patchSize()))
                .latentChannels(integer("in_channels", 4))
                .modalities(integer("num_tasks", 1))
                .width(width)
                .depth(integer("depth", size.depth()))
                .heads(integer("num_heads", size.heads()))
                .mlpRatio(number("mlp_ratio", 4))
                .classes(integer("num_classes", 1000))
                .nullClass(number("class_dropout_prob", number("cfg_prob", 0.1)) > 0)
                .jointHeads(flag("is_mmcat_diff"))
                .timeEmbedding(timeEmbedding())
                .taskEmbedding(flag("use_taskcond_emb"))
                .qkNorm(flag("qk_norm"))
                .projections(integers("z_dims", List.of(768)))
                .projectorWidth(integer("projector_dim", 2048))
                .projectionDepth(integer("encoder_depth", 8))
                .flowMapDepth(integer("flow_map_depth", 0))
                .build();
    }

    /** Times per latent win over times per modality, as the reference replaces the embedder. */
    private TimeEmbedding timeEmbedding() {
        if (flag("use_decouple_latent")) {
            return TimeEmbedding.PER_ELEMENT;
        }
        return flag("use_decouple_task") ? TimeEmbedding.PER_MODALITY : TimeEmbedding.SHARED;
    }

    /**
     * Returns the path that the model was trained on.
     *
     * @throws IllegalArgumentException if {@code path_type} is unknown
     */
    public Interpolant path() {
        return Interpolant.named(text("path_type", "linear"));
    }

    private static TransformerConfig size(String name) {
        try {
            return TransformerConfig.sit(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("official argument 'model' is '" + name + "': " + e.getMessage(), e);
        }
    }

    private String text(String name, String otherwise) {
        Object value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrongType(name, value, "a text");
    }

    private boolean flag(String name) {
        Object value = values.get(name);
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrongType(name, value, "true or false");
    }

    private double number(String name, double otherwise) {
        Object value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw wrongType(name, value, "a finite number");
    }

    private int integer(String name, int otherwise) {
        Object value = values.get(name);
        return value == null ? otherwise : integer(name, value);
    }

    private static int integer(String name, @Nullable Object value) {
        if (value instanceof Number number && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        throw wrongType(name, value, "a whole number of 32 bits");
    }

    private List<Integer> integers(String name, List<Integer> otherwise) {
        Object value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof List<?> list)) {
            throw wrongType(name, value, "a list of whole numbers");
        }
        List<Integer> integers = new ArrayList<>();
        for (Object item : list) {
            integers.add(integer(name, item));
        }
        return integers;
    }

    private static IllegalArgumentException wrongType(String name, @Nullable Object value, String wanted) {
        return new IllegalArgumentException(
                "official argument '" + name + "' is '" + value + "'; it must be " + wanted);
    }
}
