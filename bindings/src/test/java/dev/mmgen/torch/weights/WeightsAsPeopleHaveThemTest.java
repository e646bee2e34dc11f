package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weight files that users of such software reported elsewhere. */
class WeightsAsPeopleHaveThemTest {

    @TempDir
    private Path folder;

    private long liveBefore;

    @BeforeEach
    void countTensors() {
        liveBefore = Torch.liveTensors();
    }

    @AfterEach
    void everyTensorIsClosed() {
        assertThat(Torch.liveTensors()).isEqualTo(liveBefore);
    }

    @Test
    void nullMetadataIsNone() throws IOException {
        Path path = safetensors(
                "{\"__metadata__\": null, \"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}", 8);
        try (WeightFile file = WeightFile.open(path);
                StateDict dict = file.load()) {
            assertThat(file.metadata()).isEmpty();
            assertThat(dict.get("a").toFloats()).containsExactly(0, 0);
        }
    }

    @Test
    void aTensorOfAForeignTypeLeavesTheOthersUsable() throws IOException {
        Path path = safetensors(
                "{\"w\": {\"dtype\": \"F8_E4M3\", \"shape\": [4], \"data_offsets\": [0, 4]},"
                        + " \"b\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
                8);
        try (WeightFile file = WeightFile.open(path);
                StateDict dict = file.load()) {
            assertThat(file.infos()).containsOnlyKeys("b");
            assertThat(file.foreign().get("w").dtype()).isEqualTo("F8_E4M3");
            assertThat(file.foreign().get("w").shape()).isEqualTo(Shape.of(4));
            assertThat(dict.keys()).containsExactly("b");
            assertThatThrownBy(() -> dict.get("w"))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("x.safetensors: 'w' has dtype F8_E4M3, which is not supported");
            assertThat(dict.subset("w").problem("w")).contains("F8_E4M3");
        }
    }

    @Test
    void aForeignTensorMustStillLieWithinTheFile() throws IOException {
        Path path = safetensors("{\"w\": {\"dtype\": \"U16\", \"shape\": [4], \"data_offsets\": [0, 8]}}", 7);
        assertThatThrownBy(() -> WeightFile.open(path)).hasMessageContaining("do not lie within");
    }

    @Test
    void aByteOrderMarkBeforeAnIndexDoesNotMatter() throws IOException {
        Safetensors.write(folder.resolve("s.safetensors"), Map.of(), Map.of());
        Path index = Files.writeString(
                folder.resolve("m.safetensors.index.json"), "\ufeff{\"metadata\": {}, \"weight_map\": {}}");
        try (WeightFile file = WeightFile.open(index)) {
            assertThat(file.infos()).isEmpty();
        }
        assertThatThrownBy(() -> WeightFile.open(safetensors("\ufeff{}", 0)))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("begins with a byte-order mark");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.pt", "x.safetensors", "x.safetensors.index.json"})
    void aPointerOrAPageInPlaceOfTheFileIsCalledSo(String name) throws IOException {
        Path path = folder.resolve(name);
        Files.writeString(path, "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 334643276\n");
        assertThatThrownBy(() -> open(path)).hasMessageContaining(name + ": is a Git LFS pointer");
        Files.writeString(path, "\ufeff \n<!DOCTYPE html><html><body>Sign in</body></html>");
        assertThatThrownBy(() -> open(path)).hasMessageContaining(name + ": is an HTML page");
    }

    @Test
    @Timeout(20)
    void whatIsNoRegularFileIsRefusedBeforeItIsOpened() throws Exception {
        Path pipe = folder.resolve("x.pt");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> open(pipe)).hasMessageContaining("a pipe, socket or device");
        assertThatThrownBy(() -> open(Path.of("/dev/zero.pt").resolveSibling("zero")))
                .hasMessageContaining("a pipe, socket or device");
        Path directory = Files.createDirectory(folder.resolve("d.pt"));
        assertThatThrownBy(() -> open(directory)).hasMessageContaining("a folder");
    }

    @Test
    void namesOfWrappersAreLeftOut() throws IOException {
        try (Tensor value = Torch.ones(1)) {
            assertThat(keys(Map.of("module.a.w", value, "module.b", value))).containsExactlyInAnyOrder("a.w", "b");
            assertThat(keys(Map.of("_orig_mod.module.a", value))).containsExactly("a");
            assertThat(keys(Map.of("blocks.0._orig_mod.w", value, "module.x", value)))
                    .as("only what stands before all names is a wrapper")
                    .containsExactlyInAnyOrder("blocks.0.w", "module.x");
            assertThat(keys(Map.of("_orig_mod.a", value, "a", value)))
                    .as("two tensors keep two names")
                    .containsExactlyInAnyOrder("_orig_mod.a", "a");
        }
    }

    private List<String> keys(Map<String, Tensor> tensors) throws IOException {
        Path pickle = folder.resolve("named.pt");
        Path plain = folder.resolve("named.safetensors");
        PickleCheckpoint.write(pickle, Map.of("ema", tensors));
        Safetensors.write(plain, tensors, Map.of());
        Path index = folder.resolve("named.safetensors.index.json");
        Files.write(index, new ShardIndex(index, Map.of(), shardOfKey(tensors)).toJson(1));
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(pickle);
                StateDict ema = checkpoint.stateDict("ema");
                WeightFile file = WeightFile.open(plain);
                StateDict dict = file.load();
                WeightFile sharded = WeightFile.open(index);
                StateDict shards = sharded.load()) {
            assertThat(ema.keys()).hasSameElementsAs(dict.keys()).hasSameElementsAs(shards.keys());
            return dict.keys();
        }
    }

    private static Map<String, String> shardOfKey(Map<String, Tensor> tensors) {
        Map<String, String> shards = new LinkedHashMap<>();
        tensors.keySet().forEach(key -> shards.put(key, "named.safetensors"));
        return shards;
    }

    @ParameterizedTest
    @EnumSource(FileAccess.class)
    void stridesDoNotMatter(FileAccess access) {
        ByteBuffer values = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 6; i++) {
            values.putFloat(i);
        }
        Path path = new TorchFileBuilder()
                .code("}")
                .text("all")
                .floatVector("0", 6, new TorchFileBuilder.View(6, 1, 0))
                .code("s")
                .text("odd")
                .floatVector("0", 6, new TorchFileBuilder.View(3, 2, 1))
                .code("s")
                .text("repeated")
                .floatVector("0", 6, new TorchFileBuilder.View(4, 0, 5))
                .code("s")
                .text("part")
                .floatVector("0", 6, new TorchFileBuilder.View(2, 1, 3))
                .code("s")
                .text("none")
                .floatVector("0", 6, new TorchFileBuilder.View(0, 1, 3))
                .code("s")
                .entry("data/0", values.array())
                .write(folder.resolve("strided.pt"));
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path, access);
                StateDict dict = checkpoint.stateDict()) {
            assertThat(dict.get("all").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(dict.get("odd").toFloats()).containsExactly(1, 3, 5);
            assertThat(dict.get("repeated").toFloats()).containsExactly(5, 5, 5, 5);
            assertThat(dict.get("part").toFloats()).containsExactly(3, 4);
            assertThat(dict.get("none").toFloats()).isEmpty();
        }
    }

    @Test
    void aFlippedBitIsFoundWhereAFileIsRead() throws IOException {
        Path path = folder.resolve("run.pt");
        try (Tensor ones = Torch.ones(1000)) {
            PickleCheckpoint.write(path, Map.of("w", ones));
        }
        byte[] bytes = Files.readAllBytes(path);
        int at = 0;
        while (ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(at) != 1) {
            at++;
        }
        bytes[at + 402] ^= 1;
        Files.write(path, bytes);
        try (PickleCheckpoint mapped = PickleCheckpoint.open(path);
                StateDict dict = mapped.stateDict();
                PickleCheckpoint read = PickleCheckpoint.open(path, FileAccess.READ)) {
            assertThat(dict.size()).isEqualTo(1);
            assertThatThrownBy(read::stateDict)
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("run.pt")
                    .hasMessageContaining("'w': its numbers do not have the checksum");
        }
    }

    @Test
    void aFileCutShortWhileMappedIsAnError() throws IOException {
        Path path = folder.resolve("cut.safetensors");
        try (Tensor large = Torch.ones(1 << 16)) {
            Safetensors.write(path, Map.of("a", large, "b", large), Map.of());
        }
        try (WeightFile file = WeightFile.open(path);
                StateDict first = file.load("a"::equals)) {
            assertThat(first.size()).isEqualTo(1);
            try (RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
                cut.setLength(5000);
            }
            assertThatThrownBy(file::load)
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("was cut from")
                    .hasMessageContaining("to 5000");
        }
    }

    @Test
    void weightsReadIntoMemoryOutliveTheirFile() throws IOException {
        Path path = folder.resolve("read.safetensors");
        try (Tensor ones = Torch.ones(3, 2);
                Tensor half = ones.to(DType.BFLOAT16)) {
            Safetensors.write(path, Map.of("a", ones, "h", half), Map.of());
        }
        try (WeightFile file = WeightFile.open(path, FileAccess.READ);
                StateDict dict = file.load()) {
            Files.write(path, new byte[1]);
            assertThat(dict.shape("a")).isEqualTo(Shape.of(3, 2));
            assertThat(dict.get("a").toFloats()).containsOnly(1);
            assertThat(dict.dtype("h")).isEqualTo(DType.BFLOAT16);
            assertThat(dict.get("h").toFloats()).containsOnly(1);
        }
    }

    @Test
    void weightsThatAreNotFiniteAreNamed() {
        Path file = Path.of("model.safetensors");
        try (TensorScope _ = TensorScope.open()) {
            StateDict sound = StateDict.of(Map.of(
                    "large", Torch.tensor(new float[] {3e38f, -3e38f}),
                    "half", Torch.tensor(new float[] {60000, 60000}).to(DType.FLOAT16),
                    "count", Torch.tensor(new long[] {1})));
            assertThat(sound.requireFinite(file)).isSameAs(sound);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                StateDict spoiled = StateDict.of(Map.of("b.0.bias", Torch.tensor(new float[] {1, bad, 2, bad})));
                assertThatThrownBy(() -> spoiled.requireFinite(file))
                        .isInstanceOf(WeightFileException.class)
                        .hasMessageContaining("model.safetensors: 'b.0.bias': 2 of its 4 numbers are NaN or infinite");
            }
        }
    }

    private static void open(Path path) throws Exception {
        AutoCloseable opened =
                path.toString().endsWith("json") || path.toString().endsWith(".safetensors")
                        ? WeightFile.open(path)
                        : PickleCheckpoint.open(path);
        opened.close();
    }

    private Path safetensors(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(
                folder.resolve("x.safetensors"),
                bytes.putLong(json.length).put(json).array());
    }
}
