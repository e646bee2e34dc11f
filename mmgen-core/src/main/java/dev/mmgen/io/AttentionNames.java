package dev.mmgen.io;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of an autoencoder's attention weights. Files from before diffusers 0.13 say {@code query}, {@code key},
 * {@code value} and {@code proj_attn}, and some hold the matrices as 1 × 1 convolutions, {@code [C, C, 1, 1]}.
 */
final class AttentionNames {

    private static final Pattern ATTENTION = Pattern.compile(
            "(.*\\.attentions\\.\\d+\\.)" + "(query|key|value|proj_attn|to_q|to_k|to_v|to_out\\.0)\\.(weight|bias)");

    private AttentionNames() {}

    /**
     * Returns the weights under today's names. Its tensors belong to the argument or to the open scope.
     *
     * @throws IllegalArgumentException if a weight is there under both names
     */
    static StateDict modern(StateDict state) {
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        state.asMap().forEach((key, tensor) -> {
            Matcher matcher = ATTENTION.matcher(key);
            boolean attention = matcher.matches();
            String name = attention ? matcher.group(1) + modern(matcher.group(2)) + "." + matcher.group(3) : key;
            if (renamed.put(name, attention ? matrix(tensor) : tensor) != null) {
                throw new IllegalArgumentException(
                        "the weight '" + name + "' has both its old and its new name; remove one");
            }
        });
        return StateDict.of(renamed);
    }

    private static String modern(String name) {
        return switch (name) {
            case "query" -> "to_q";
            case "key" -> "to_k";
            case "value" -> "to_v";
            case "proj_attn" -> "to_out.0";
            default -> name;
        };
    }

    private static Tensor matrix(Tensor weight) {
        boolean convolution = weight.rank() == 4 && weight.size(2) == 1 && weight.size(3) == 1;
        return convolution ? weight.reshape(weight.size(0), weight.size(1)) : weight;
    }
}
