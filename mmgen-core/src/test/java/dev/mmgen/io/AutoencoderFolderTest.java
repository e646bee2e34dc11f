package dev.mmgen.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.SmallAutoencoders;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class AutoencoderFolderTest {

    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    @TempDir
    private Path folder;

    @Test
    void readsWhatItWrote() {
        try (AutoencoderKl original = SmallAutoencoders.tiny()) {
            AutoencoderFolder.write(original, folder.resolve("deep/vae"));
            try (AutoencoderKl copy = AutoencoderFolder.open(folder.resolve("deep/vae"))) {
                assertThat(copy.config()).isEqualTo(original.config());
                assertSameWeights(copy, original);
            }
        }
    }

    @Test
    void readsOldAttentionNamesAndConvolutionsForMatrices() {
        try (AutoencoderKl original = SmallAutoencoders.tiny();
                StateDict state = original.state();
                TensorScope _ = TensorScope.open()) {
            AutoencoderFolder.write(original, folder);
            Map<String, Tensor> old = new LinkedHashMap<>();
            state.asMap()
                    .forEach((key, tensor) -> old.put(
                            key.replace(".to_q.", ".query.")
                                    .replace(".to_k.", ".key.")
                                    .replace(".to_v.", ".value.")
                                    .replace(".to_out.0.", ".proj_attn."),
                            key.contains(".to_") && tensor.rank() == 2
                                    ? tensor.unsqueeze(2).unsqueeze(3)
                                    : tensor));
            assertThat(old).containsKey("decoder.mid_block.attentions.0.proj_attn.weight");
            Safetensors.write(folder.resolve(WEIGHTS), old, Map.of());
            try (AutoencoderKl copy = AutoencoderFolder.open(folder)) {
                assertSameWeights(copy, original);
            }
            old.put("encoder.mid_block.attentions.0.to_q.bias", state.get("encoder.mid_block.attentions.0.to_q.bias"));
            Safetensors.write(folder.resolve(WEIGHTS), old, Map.of());
            assertRefused("encoder.mid_block.attentions.0.to_q.bias", WEIGHTS);
        }
    }

    @Test
    void halfPrecisionFilesOpenInFloat32() {
        try (AutoencoderKl original = SmallAutoencoders.tiny()) {
            original.to(Device.CPU, DType.FLOAT16);
            AutoencoderFolder.write(original, folder);
            try (AutoencoderKl copy = AutoencoderFolder.open(folder)) {
                assertThat(copy.dtype()).isEqualTo(DType.FLOAT32);
                assertSameWeights(copy, original);
            }
        }
    }

    @Test
    void missingFilesAreNamed() throws IOException {
        assertRefused("config.json", folder.toString());
        try (AutoencoderKl original = SmallAutoencoders.tiny()) {
            AutoencoderFolder.write(original, folder);
        }
        Files.delete(folder.resolve(WEIGHTS));
        assertRefused(WEIGHTS, "diffusion_pytorch_model.bin");
        Files.writeString(folder.resolve(WEIGHTS), "{}");
        assertThatExceptionOfType(WeightFileException.class).isThrownBy(() -> AutoencoderFolder.open(folder));
    }

    @Test
    void weightsMustFitTheSettings() {
        try (AutoencoderKl original = SmallAutoencoders.tiny();
                StateDict state = original.state();
                TensorScope _ = TensorScope.open()) {
            AutoencoderFolder.write(original, folder);
            Map<String, Tensor> changed = new LinkedHashMap<>(state.asMap());
            changed.remove("quant_conv.bias");
            changed.put("quant_conv.extra", Torch.zeros(2));
            Safetensors.write(folder.resolve(WEIGHTS), changed, Map.of());
            assertRefused("missing: quant_conv.bias", "unexpected: quant_conv.extra", WEIGHTS);
        }
    }

    @Test
    void refusesNetworksOfAnotherKindByName() throws IOException {
        refuse("{\"act_fn\": \"gelu\"}", "act_fn", "gelu");
        refuse("{\"down_block_types\": [\"AttnDownEncoderBlock2D\"]}", "down_block_types", "AttnDownEncoderBlock2D");
        refuse("{\"up_block_types\": [\"UpDecoderBlock2D\", \"UpDecoderBlock2D\"]}", "up_block_types", "2", "1");
        refuse("{\"_class_name\": \"VQModel\"}", "_class_name", "VQModel");
    }

    @Test
    void refusesSettingsOfAnotherType() throws IOException {
        refuse("{\"latent_channels\": \"4\"}", "latent_channels");
        refuse("{\"latent_channels\": 4.5}", "latent_channels");
        refuse("{\"latent_channels\": 99999999999}", "latent_channels");
        refuse("{\"latent_channels\": -4}", "latent_channels");
        refuse("{\"layers_per_block\": 30000}", "layers_per_block");
        refuse("{\"block_out_channels\": []}", "block_out_channels");
        refuse("{\"block_out_channels\": {}}", "block_out_channels");
        refuse("{\"scaling_factor\": \"x\"}", "scaling_factor");
        refuse("{\"use_quant_conv\": 1}", "use_quant_conv");
        refuse("[1, 2]", "object");
        refuse("{\"act_fn\": ", "JSON");
        refuse("", "object");
        refuse("[".repeat(100_000), "JSON");
    }

    private void refuse(String config, String... parts) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        assertRefused(parts);
        assertRefused("config.json");
    }

    private void assertRefused(String... parts) {
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> AutoencoderFolder.open(folder))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    @Test
    void absentSettingsHaveTheDefaultsOfDiffusers() {
        assertThat(AutoencoderJson.parse(Json.COMPACT.tree("{\"force_upcast\": 3, \"sample_size\": [64, 96]}")))
                .isEqualTo(AutoencoderConfig.stableDiffusion().toBuilder()
                        .blockOutChannels(64)
                        .layersPerBlock(1)
                        .sampleSize(96)
                        .build());
    }

    private static void assertSameWeights(AutoencoderKl actual, AutoencoderKl expected) {
        expected.parameters()
                .forEach((key, parameter) -> assertThat(
                                actual.parameters().get(key).value().toFloats())
                        .as(key)
                        .isEqualTo(parameter.value().toFloats()));
    }
}
