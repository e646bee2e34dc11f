package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The mark of the model that an adapter, or a difference of weights, was made over: a checksum of the biases of its blocks, which every
 * training changes and no adapter of maps does. It stands in the metadata of weights, where PEFT does not look.
 */
public final class ModelMark {

    /** The name in the metadata. */
    public static final String KEY = "mmgen.base";

    private ModelMark() {}

    /**
     * Returns the mark, the same for a model in float32 and in bfloat16. Empty where it cannot be told: in float16, which rounds
     * otherwise, and where no bias counts.
     *
     * @param counts true for the names of biases that are the model's own: those that an adapter trains itself are not
     */
    public static Optional<String> of(DiffusionTransformer model, Predicate<String> counts) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> biases = new LinkedHashMap<>();
            model.parameters().forEach((key, parameter) -> {
                if (key.matches("blocks\\.\\d+\\..*\\.bias") && counts.test(key)) {
                    biases.put(key, parameter.read().to(Device.CPU, DType.BFLOAT16));
                }
            });
            return biases.isEmpty() || model.dtype() == DType.FLOAT16
                    ? Optional.empty()
                    : Optional.of(Long.toHexString(StateDict.of(biases).checksum()));
        }
    }
}
