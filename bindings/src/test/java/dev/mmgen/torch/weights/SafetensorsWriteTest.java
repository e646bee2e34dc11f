package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Goldens;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriteTest {

    @TempDir
    private Path folder;

    private TensorScope scope;
    private long liveBefore;

    @BeforeEach
    void openScope() {
        liveBefore = Torch.liveTensors();
        scope = TensorScope.open();
    }

    @AfterEach
    void closeScope() {
        scope.close();
        assertThat(Torch.liveTensors()).isEqualTo(liveBefore);
    }

    @Test
    void aRewrittenFileOfTheOfficialWriterIsTheSameByteForByte() throws IOException {
        Path recordings = Goldens.folder("checkpoint");
        for (Map.Entry<String, ?> recording :
                Goldens.manifest("checkpoint").path("files").properties()) {
            String name = recording.getKey();
            if (name.endsWith(".safetensors")) {
                Path copy = folder.resolve(name);
                try (Safetensors file = Safetensors.open(recordings.resolve(name));
                        StateDict dict = file.load()) {
                    Safetensors.write(copy, dict, file.metadata());
                }
                assertThat(Files.mismatch(copy, recordings.resolve(name)))
                        .as(name)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void stridedTensorsAreWrittenRowMajor() {
        Tensor matrix = Torch.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("transposed", matrix.transpose(0, 1));
        tensors.put("column", matrix.select(1, 2));
        tensors.put("repeated", matrix.select(0, 0).unsqueeze(0).expand(2, 3));
        tensors.put("empty", Torch.zeros(0, 3));
        tensors.put("scalar", Torch.scalar(7));
        Path path = folder.resolve("strided.safetensors");

        Safetensors.write(path, tensors, Map.of());

        try (Safetensors file = Safetensors.open(path);
                StateDict dict = file.load()) {
            assertThat(dict.get("transposed").toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
            assertThat(dict.get("column").toFloats()).containsExactly(3, 6);
            assertThat(dict.get("repeated").toFloats()).containsExactly(1, 2, 3, 1, 2, 3);
            assertThat(dict.shape("empty")).isEqualTo(Shape.of(0, 3));
            assertThat(dict.shape("scalar")).isEqualTo(Shape.of());
            assertThat(file.infos().get("column").byteOffset() % 8).isZero();
        }
    }

    @Test
    void tensorsLargerThanTheCopyBufferKeepTheirValues() {
        int count = (16 << 20) / 8 * 2 + 5;
        Tensor large = Torch.arange(count);
        Path path = folder.resolve("large.safetensors");

        Safetensors.write(path, Map.of("x", large), Map.of());

        try (Safetensors file = Safetensors.open(path);
                StateDict dict = file.load()) {
            assertThat(dict.get("x").toLongs()).isEqualTo(large.toLongs());
        }
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path path = folder.resolve("weights.safetensors");
        Safetensors.write(path, Map.of("x", Torch.ones(3)), Map.of());
        byte[] before = Files.readAllBytes(path);
        Tensor closed = Torch.ones(3);
        Tensor open = Torch.ones(3);
        Map<String, Tensor> failing = new LinkedHashMap<>();
        failing.put("a", open);
        failing.put("b", closed);
        assertThat(closed.shape()).isEqualTo(Shape.of(3));
        assertThat(closed.dtype()).isEqualTo(DType.FLOAT32);
        closed.close();

        assertThatThrownBy(() -> Safetensors.write(path, failing, Map.of())).isInstanceOf(IllegalStateException.class);

        assertThat(Files.readAllBytes(path)).isEqualTo(before);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void missingFoldersAndReservedNamesAreRefused() {
        Tensor tensor = Torch.ones(3);
        assertThatThrownBy(() -> Safetensors.write(folder.resolve("no/x.safetensors"), Map.of("x", tensor), Map.of()))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("cannot be written");
        assertThatThrownBy(() ->
                        Safetensors.write(folder.resolve("x.safetensors"), Map.of("__metadata__", tensor), Map.of()))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("__metadata__");
    }

    @Test
    void oneFileCanBeLoadedInPart() {
        Path path = folder.resolve("two.safetensors");
        Safetensors.write(path, Map.of("a", Torch.ones(3), "b", Torch.zeros(2)), Map.of("k", "v \"☃\""));
        try (WeightFile file = WeightFile.open(folder);
                StateDict dict = file.load("b"::equals)) {
            assertThat(file.path()).isEqualTo(path);
            assertThat(file.metadata()).isEqualTo(Map.of("k", "v \"☃\""));
            assertThat(dict.keys()).containsExactly("b");
        }
    }
}
