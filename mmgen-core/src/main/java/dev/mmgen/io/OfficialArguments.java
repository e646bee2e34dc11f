package dev.mmgen.io;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.TransformerSize;
import dev.mmgen.sampling.Interpolant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The arguments that the official implementation trains and builds models with, as its checkpoints ({@code args}) and
 * its {@code args.json} hold them: those of {@code train.py} ({@code model}, {@code resolution}, {@code cfg_prob}) and
 * those of the model's constructor ({@code hidden_size}, {@code input_size}, {@code class_dropout_prob}), which come
 * first where both are given. An absent argument has the official default; arguments that do not concern the model are
 * ignored.
 */
public final class OfficialArguments {

    private static final Pattern MODEL = Pattern.compile("SiT-(S|B|L|XL)/([248])");

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
        TransformerSize size = TransformerSize.XL;
        int patch = 2;
        if (given("model")) {
            Matcher name = modelName(text("model", ""));
            size = TransformerSize.valueOf(name.group(1));
            patch = Integer.parseInt(name.group(2));
        }
        int width = integer("hidden_size", size.width());
        int headWidth = integer("decoder_hidden_size", width);
        if (headWidth != width) {
            throw new IllegalArgumentException("official argument 'decoder_hidden_size' is " + headWidth
                    + "; it must equal hidden_size, " + width);
        }
        boolean joint = flag("is_mmcat_diff");
        return new TransformerConfig(
                integer("input_size", integer("resolution", 32 * VAE_STRIDE) / VAE_STRIDE),
                integer("patch_size", patch),
                integer("in_channels", 4),
                integer("num_tasks", 1),
                width,
                integer("depth", size.depth()),
                integer("num_heads", size.heads()),
                number("mlp_ratio", 4),
                integer("num_classes", 1000),
                number("class_dropout_prob", number("cfg_prob", 0.1)) > 0,
                joint,
                timeEmbedding(),
                flag("use_taskcond_emb"),
                flag("qk_norm"),
                integers("z_dims", List.of(768)),
                integer("projector_dim", 2048),
                integer("encoder_depth", 8));
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

    private static Matcher modelName(String name) {
        Matcher matcher = MODEL.matcher(name);
        if (!matcher.matches()) {
            String sizes =
                    Arrays.stream(TransformerSize.values()).map(Enum::name).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("official argument 'model' is '" + name
                    + "'; known are SiT-<size>/<patch> with size " + sizes + " and patch 2, 4 or 8");
        }
        return matcher;
    }

    private boolean given(String name) {
        return values.get(name) != null;
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
