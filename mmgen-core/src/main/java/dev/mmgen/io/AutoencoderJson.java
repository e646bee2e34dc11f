package dev.mmgen.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.torch.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An autoencoder's settings as diffusers writes them. Absent and null settings have diffusers' defaults, and unknown
 * ones are ignored; what would change the network in a way that is not supported is refused by name.
 */
final class AutoencoderJson {

    private static final String CLASS_NAME = "AutoencoderKL";
    private static final String DOWN_BLOCK = "DownEncoderBlock2D";
    private static final String UP_BLOCK = "UpDecoderBlock2D";
    private static final String ACTIVATION = "silu";

    private final JsonNode json;

    private AutoencoderJson(JsonNode json) {
        this.json = json;
    }

    /**
     * @throws IllegalArgumentException naming the setting that is wrong or not supported
     */
    static AutoencoderConfig parse(JsonNode json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("the settings are not a JSON object");
        }
        return new AutoencoderJson(json).config();
    }

    private AutoencoderConfig config() {
        List<Integer> channels = integers("block_out_channels", List.of(64));
        requireText("_class_name", List.of(CLASS_NAME), text("_class_name", CLASS_NAME));
        requireText("act_fn", List.of(ACTIVATION, "swish"), text("act_fn", ACTIVATION));
        requireBlocks("down_block_types", DOWN_BLOCK, channels.size());
        requireBlocks("up_block_types", UP_BLOCK, channels.size());
        return AutoencoderConfig.stableDiffusion().toBuilder()
                .inChannels(integer("in_channels", 3))
                .outChannels(integer("out_channels", 3))
                .latentChannels(integer("latent_channels", 4))
                .blockOutChannels(channels)
                .layersPerBlock(integer("layers_per_block", 1))
                .normNumGroups(integer("norm_num_groups", 32))
                .scalingFactor(number("scaling_factor", 0.18215))
                .sampleSize(sampleSize())
                .midBlockAddAttention(bool("mid_block_add_attention"))
                .useQuantConv(bool("use_quant_conv"))
                .usePostQuantConv(bool("use_post_quant_conv"))
                .build();
    }

    static String write(AutoencoderConfig config) {
        ObjectNode json = Json.INDENTED.object();
        int levels = config.blockOutChannels().size();
        json.put("_class_name", CLASS_NAME);
        json.put("act_fn", ACTIVATION);
        json.putPOJO("block_out_channels", config.blockOutChannels());
        json.putPOJO("down_block_types", Collections.nCopies(levels, DOWN_BLOCK));
        json.putPOJO("up_block_types", Collections.nCopies(levels, UP_BLOCK));
        json.put("in_channels", config.inChannels());
        json.put("out_channels", config.outChannels());
        json.put("latent_channels", config.latentChannels());
        json.put("layers_per_block", config.layersPerBlock());
        json.put("norm_num_groups", config.normNumGroups());
        json.put("scaling_factor", config.scalingFactor());
        json.put("sample_size", config.sampleSize());
        json.put("mid_block_add_attention", config.midBlockAddAttention());
        json.put("use_quant_conv", config.useQuantConv());
        json.put("use_post_quant_conv", config.usePostQuantConv());
        return Json.INDENTED.write(json) + "\n";
    }

    private void requireBlocks(String name, String supported, int count) {
        JsonNode value = value(name);
        List<String> types = value == null ? List.of(supported) : texts(name, value);
        for (String type : types) {
            requireText(name, List.of(supported), type);
        }
        if (types.size() != count) {
            throw new IllegalArgumentException(
                    "'" + name + "' names " + types.size() + " blocks, but" + " 'block_out_channels' " + count);
        }
    }

    private static void requireText(String name, List<String> supported, String value) {
        if (!supported.contains(value)) {
            throw new IllegalArgumentException("'" + name + "' is '" + value + "', which is not supported;"
                    + " supported is '" + supported.getFirst() + "'");
        }
    }

    /** diffusers allows a pair, height and width; the larger one counts. */
    private int sampleSize() {
        JsonNode value = value("sample_size");
        return value != null && value.isArray()
                ? Collections.max(integers("sample_size", List.of(1)))
                : integer("sample_size", 32);
    }

    private @Nullable JsonNode value(String name) {
        JsonNode value = json.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private String text(String name, String absent) {
        JsonNode value = value(name);
        return value == null ? absent : text(name, value);
    }

    private static String text(String name, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(name, value, "a text");
        }
        return value.asText();
    }

    private static List<String> texts(String name, JsonNode value) {
        List<String> texts = new ArrayList<>();
        elements(name, value).forEach(element -> texts.add(text(name, element)));
        return texts;
    }

    private int integer(String name, int absent) {
        JsonNode value = value(name);
        return value == null ? absent : integer(name, value);
    }

    private static int integer(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(name, value, "a whole number");
        }
        return value.asInt();
    }

    private List<Integer> integers(String name, List<Integer> absent) {
        JsonNode value = value(name);
        if (value == null) {
            return absent;
        }
        List<Integer> integers = new ArrayList<>();
        elements(name, value).forEach(element -> integers.add(integer(name, element)));
        return integers;
    }

    private static JsonNode elements(String name, JsonNode value) {
        if (!value.isArray() || value.isEmpty()) {
            throw wrong(name, value, "a list with at least one element");
        }
        return value;
    }

    private double number(String name, double absent) {
        JsonNode value = value(name);
        if (value != null && !value.isNumber()) {
            throw wrong(name, value, "a number");
        }
        return value == null ? absent : value.asDouble();
    }

    private boolean bool(String name) {
        JsonNode value = value(name);
        if (value != null && !value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value == null || value.asBoolean();
    }

    private static IllegalArgumentException wrong(String name, JsonNode value, String rule) {
        String text = value.toString();
        String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return new IllegalArgumentException("'" + name + "' is " + shown + "; it must be " + rule);
    }
}
