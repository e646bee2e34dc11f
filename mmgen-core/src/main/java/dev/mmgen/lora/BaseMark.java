package dev.mmgen.lora;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

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
            List<Tensor> biases = model.parameters().entrySet().stream()
                    .filter(entry ->
                            entry.getKey().matches("blocks\\.\\d+\\..*\\.bias") && !config.trainsFully(entry.getKey()))
                    .map(entry -> entry.getValue().value())
                    .toList();
            if (biases.isEmpty() || model.dtype() == DType.FLOAT16) {
                return Optional.empty();
            }
            float[] values = Torch.cat(biases, 0)
                    .to(Device.CPU, DType.BFLOAT16)
                    .to(DType.FLOAT32)
                    .toFloats();
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
            bytes.asFloatBuffer().put(values);
            CRC32C sum = new CRC32C();
            sum.update(bytes);
            return Optional.of(Long.toHexString(sum.getValue()));
        }
    }
}
