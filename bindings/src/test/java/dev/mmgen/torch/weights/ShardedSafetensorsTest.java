package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedSafetensorsTest {

    @TempDir
    private Path folder;

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private TensorScope scope;
    private long liveBefore;

    @BeforeEach
    void makeTensors() {
        liveBefore = Torch.liveTensors();
        scope = TensorScope.open();
        for (int i = 0; i < 5; i++) {
            tensors.put("layer." + i, Torch.full(i, DType.FLOAT32, Device.CPU, Shape.of(10)));
        }
    }

    @AfterEach
    void closeScope() {
        scope.close();
        assertThat(Torch.liveTensors()).isEqualTo(liveBefore);
    }

    @Test
    void shardsHaveALimitedSizeAndAnIndex() throws IOException {
        Path index = new ShardWriter(folder, "model", Map.of("format", "pt"), 80).write(tensors);

        assertThat(names())
                .containsExactly(
                        "model-00001-of-00003.safetensors",
                        "model-00002-of-00003.safetensors",
                        "model-00003-of-00003.safetensors",
                        "model.safetensors.index.json");
        try (WeightFile file = WeightFile.open(folder);
                StateDict dict = file.load()) {
            assertThat(file).isInstanceOf(ShardedSafetensors.class);
            assertThat(file.path()).isEqualTo(index);
            assertThat(file.metadata()).containsEntry("total_size", "200");
            assertThat(dict.keys()).containsExactlyElementsOf(tensors.keySet());
            assertThat(dict.get("layer.3").toFloats()).hasSize(10).containsOnly(3);
        }
    }

    @Test
    void oneShardNeedsNoIndexAndStaleFilesDoNotHideNewOnes() throws IOException {
        new ShardWriter(folder, "model", Map.of(), 80).write(tensors);
        Path single = new ShardWriter(folder, "model", Map.of(), 1 << 20).write(tensors);
        assertThat(single.getFileName()).hasToString("model.safetensors");
        assertThat(names()).doesNotContain("model.safetensors.index.json");

        Path index = new ShardWriter(folder, "model", Map.of(), 120).write(tensors);
        assertThat(names()).doesNotContain("model.safetensors");
        try (WeightFile file = WeightFile.open(folder)) {
            assertThat(file.path()).isEqualTo(index);
        }
    }

    @Test
    void aTensorLargerThanTheLimitGetsItsOwnFile() throws IOException {
        new ShardWriter(folder, "model", Map.of(), 1).write(tensors);
        assertThat(names()).hasSize(6);
        assertThatThrownBy(() -> new ShardWriter(folder, "model", Map.of(), 0).write(tensors))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "sub/model.safetensors",
                "/etc/model.safetensors",
                "..",
                "a\\\\b.safetensors",
                "C:x.safetensors",
                "model.bin",
                "",
                "nul\\u0000.safetensors"
            })
    void shardsMustBePlainNames(String name) throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"x\":\"" + name + "\"}}");
        assertThatThrownBy(() -> WeightFile.open(index))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("'x'")
                .hasMessageContaining("plain name");
    }

    @Test
    void anIndexMustAgreeWithItsShards() throws IOException {
        Path index = new ShardWriter(folder, "model", Map.of(), 80).write(tensors);
        String json = Files.readString(index);

        Files.writeString(index, json.replace("layer.4", "layer.5"));
        assertThatThrownBy(() -> WeightFile.open(index))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("'layer.5'")
                .hasMessageContaining("does not contain it");
        Files.writeString(index, json.replace("00003-of", "00009-of"));
        assertThatThrownBy(() -> WeightFile.open(index))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("no such file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"weight_map\":[]}",
                "{\"weight_map\":{}} x",
                "{\"weight_map\":{\"x\":1}}",
                "{\"weight_map\":{},\"weight_map\":{}}"
            })
    void brokenIndexesAreRefused(String json) throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, json);
        assertThatThrownBy(() -> WeightFile.open(index)).isInstanceOf(WeightFileException.class);
    }

    @Test
    void foldersThatLeaveTheChoiceOpenAreRefused() {
        assertThatThrownBy(() -> WeightFile.open(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("holds no safetensors file");
        Safetensors.write(folder.resolve("a.safetensors"), tensors, Map.of());
        Safetensors.write(folder.resolve("b.safetensors"), tensors, Map.of());
        assertThatThrownBy(() -> WeightFile.open(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("holds several");
        Safetensors.write(folder.resolve("diffusion_pytorch_model.safetensors"), tensors, Map.of());
        try (WeightFile file = WeightFile.open(folder)) {
            assertThat(file.path()).hasFileName("diffusion_pytorch_model.safetensors");
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
