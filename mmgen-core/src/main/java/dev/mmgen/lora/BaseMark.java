package dev.mmgen.lora;

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

/**
 * The mark of the model that an adapter was trained on: a checksum of the biases of its blocks, which every training changes and no
 * adapter of maps does. It stands in the metadata of the adapter's weights, where PEFT does not look.
 */
final class BaseMark {

    /** The name in the metadata. */
    static final String KEY = "mmgen.base";

    private BaseMark() {}

    /**
     * Returns the mark, the same for a model in float32 and in bfloat16. Empty where it cannot be told: in float16, which rounds
     * otherwise, and where the adapter trains all biases itself.
     */
    static Optional<String> of(DiffusionTransformer model, LoraConfig config) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> biases = new LinkedHashMap<>();
            model.parameters().forEach((key, parameter) -> {
                if (key.matches("blocks\\.\\d+\\..*\\.bias") && !config.trainsFully(key)) {
                    biases.put(key, parameter.read().to(Device.CPU, DType.BFLOAT16));
                }
            });
            return biases.isEmpty() || model.dtype() == DType.FLOAT16
                    ? Optional.empty()
                    : Optional.of(Long.toHexString(StateDict.of(biases).checksum()));
        }
    }
}
