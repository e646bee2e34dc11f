package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mmgen.torch.Goldens;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The same files as tensors: what libtorch sees must be what the file says. */
class MappedWeightsTest {

    @TempDir
    private Path temporary;

    private final Path folder = Goldens.folder("checkpoint");
    private long liveBefore;

    @BeforeEach
    void countTensors() {
        liveBefore = Torch.liveTensors();
    }

    @AfterEach
    void everyTensorIsClosed() {
        assertThat(Torch.liveTensors()).isEqualTo(liveBefore);
    }

    @TestFactory
    Stream<DynamicTest> mappedTensorsHoldTheStoredValues() {
        return Goldens.manifest("checkpoint")
                .path("files")
                .propertyStream()
                .map(Map.Entry::getKey)
                .map(name -> dynamicTest(name, () -> {
                    Path path = folder.resolve(name);
                    if (name.endsWith(".pt")) {
                        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
                            compare(checkpoint, checkpoint.root());
                        }
                    } else {
                        try (WeightFile file = WeightFile.open(path);
                                StateDict dict = file.load()) {
                            assertThat(dict.keys())
                                    .containsExactlyElementsOf(file.infos().keySet());
                            file.infos().forEach((key, info) -> compare(path, info, dict.get(key)));
                        }
                    }
                }));
    }

    @Test
    void aStateDictTakesOnlyItsOwnPart() {
        Path path = new TorchFileBuilder()
                .code("}")
                .text("model")
                .code("}")
                .text("a")
                .floatVector("0", 2, new TorchFileBuilder.View(2, 1, 0))
                .code("ss")
                .text("ema")
                .code("}")
                .text("a")
                .floatVector("1", 2, new TorchFileBuilder.View(2, 1, 0))
                .code("ss")
                .entry("data/0", new byte[8])
                .entry("data/1", new byte[8])
                .write(temporary.resolve("parts.pt"));
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path);
                StateDict ema = checkpoint.stateDict("ema")) {
            assertThat(Torch.liveTensors() - liveBefore).isEqualTo(1);
            assertThat(ema.keys()).containsExactly("a");
            assertThatThrownBy(() -> checkpoint.stateDict())
                    .hasMessageContaining("'model' is not a tensor")
                    .hasMessageContaining("the entries are [model, ema]");
        }
    }

    @Test
    void tensorsOutliveTheFileAndAnyScope() {
        StateDict dict;
        try (TensorScope _ = TensorScope.open();
                PickleCheckpoint checkpoint = PickleCheckpoint.open(sharedStorage())) {
            dict = checkpoint.stateDict();
        }
        try (dict) {
            assertThat(dict.get("all").toFloats()).containsExactly(1, 2, 3, 4);
            assertThat(dict.get("odd").toFloats()).containsExactly(2, 4);
        }
    }

    @Test
    void writingToAMappedTensorLeavesTheFileAlone() throws IOException {
        Path path = sharedStorage();
        byte[] before = Files.readAllBytes(path);
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path);
                StateDict dict = checkpoint.stateDict();
                Tensor zeros = Torch.zeros(4)) {
            dict.get("all").copy_(zeros);
            assertThat(dict.get("odd").toFloats()).as("shares the storage").containsOnly(0);
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
    }

    @Test
    void compressedStoragesAreUnpacked() {
        byte[] values = new byte[4000];
        ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN).putFloat(8, 2.5f).putFloat(3996, -1);
        Path path = new TorchFileBuilder()
                .code("}")
                .text("a")
                .floatVector("0", 1000, new TorchFileBuilder.View(999, 1, 1))
                .code("s")
                .text("b")
                .floatVector("0", 1000, new TorchFileBuilder.View(500, 2, 0))
                .code("s")
                .entry("data/0", values)
                .deflated()
                .write(temporary.resolve("packed.pt"));
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path);
                StateDict dict = checkpoint.stateDict()) {
            assertThat(dict.get("a").toFloats())
                    .hasSize(999)
                    .startsWith(0, 2.5f)
                    .endsWith(-1);
            assertThat(dict.get("b").toFloats()).hasSize(500).startsWith(0, 2.5f);
        }
    }

    @Test
    void compressedStoragesMustHaveTheirDeclaredSize() throws IOException {
        for (int declared : new int[] {3996, 4004, 1 << 30}) {
            TorchFileBuilder lie = new TorchFileBuilder()
                    .code("}")
                    .text("a")
                    .floatVector("0", declared / 4, new TorchFileBuilder.View(1, 1, 0))
                    .code("s")
                    .entry("data/0", new byte[4000])
                    .deflated();
            Path lying = lie.write(temporary.resolve("lying.pt"));
            ByteBuffer edited = ByteBuffer.wrap(Files.readAllBytes(lying)).order(ByteOrder.LITTLE_ENDIAN);
            // The central directory alone declares the size: ZipOutputStream lets sizes follow the data.
            for (int at = 0; at < edited.limit() - 46; at++) {
                if (edited.getInt(at) == 0x02014b50 && edited.getInt(at + 24) == 4000) {
                    edited.putInt(at + 24, declared);
                }
            }
            Files.write(lying, edited.array());
            try (PickleCheckpoint checkpoint = PickleCheckpoint.open(lying)) {
                assertThatThrownBy(checkpoint::stateDict)
                        .isInstanceOf(WeightFileException.class)
                        .hasMessageContaining("data/0")
                        .hasMessageMatching("(?s).*(unpacks to|can hold).*");
            }
        }
    }

    @Test
    void aFileThatChangedOrWentAwayIsReported() throws IOException {
        Path path = sharedStorage();
        PickleCheckpoint closed = PickleCheckpoint.open(path);
        closed.close();
        assertThatThrownBy(closed::stateDict)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");

        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            Files.write(path, new byte[5000]);
            assertThatThrownBy(checkpoint::stateDict)
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("changed its size");
            Files.delete(path);
            assertThatThrownBy(checkpoint::stateDict)
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("cannot be mapped");
        }
    }

    /** Two tensors over one storage of 1, 2, 3, 4: all of it, and every second element from the second on. */
    private Path sharedStorage() {
        ByteBuffer values = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .putFloat(4);
        return new TorchFileBuilder()
                .code("}")
                .text("all")
                .floatVector("0", 4, new TorchFileBuilder.View(4, 1, 0))
                .code("s")
                .text("odd")
                .floatVector("0", 4, new TorchFileBuilder.View(2, 2, 1))
                .code("s")
                .entry("data/0", values.array())
                .write(temporary.resolve("shared.pt"));
    }

    private static void compare(PickleCheckpoint checkpoint, Object value) {
        switch (value) {
            case TensorInfo info -> {
                try (Tensor tensor = checkpoint.tensor(info)) {
                    compare(checkpoint.path(), info, tensor);
                }
            }
            case Map<?, ?> map -> map.values().forEach(item -> compare(checkpoint, item));
            case Iterable<?> items -> items.forEach(item -> compare(checkpoint, item));
            case null, default -> {}
        }
    }

    private static void compare(Path path, TensorInfo info, Tensor tensor) {
        assertThat(tensor.shape()).isEqualTo(info.shape());
        assertThat(tensor.dtype()).isEqualTo(info.dtype());
        List<Number> values = new ArrayList<>();
        if (info.dtype().isFloatingPoint()) {
            for (double value : tensor.toDoubles()) {
                values.add(value);
            }
        } else {
            for (long value : tensor.toLongs()) {
                values.add(value);
            }
        }
        assertThat(values).isEqualTo(StoredValues.read(path, info));
    }
}
