package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hand-made pickles, most of them hostile: each has to end in a value or in an exception that says what is wrong. */
class PickleCheckpointTest {

    /** The depth to which the reader follows nested containers. */
    private static final int MAX_DEPTH = 100;

    @TempDir
    private Path folder;

    @Test
    void protocolFourIsReadWithFramesAndStackGlobals() {
        TorchFileBuilder file = new TorchFileBuilder()
                .code(0x95, 3, 0, 0, 0, 0, 0, 0, 0)
                .code("}")
                .code(0x94)
                .code(0x8c, 1)
                .code("n")
                .code(0x94)
                .code(0x8c, 8)
                .code("argparse")
                .code(0x8c, 9)
                .code("Namespace")
                .code(0x93)
                .code(")")
                .code(0x81)
                .code("}")
                .code(0x8c, 1)
                .code("a")
                .code("h\1sb")
                .code("s");

        assertThat(root(file)).isEqualTo(Map.of("n", Map.of("a", "n")));
    }

    @Test
    void setsAndLongBytesOfLaterProtocolsAreRead() {
        TorchFileBuilder file = new TorchFileBuilder()
                .code("(")
                .code(0x8f)
                .code("(K\1K\2")
                .code(0x90)
                .code("C\2ab")
                .code(0x8e, 1, 0, 0, 0, 0, 0, 0, 0)
                .code("c")
                .code("t");

        List<?> root = (List<?>) root(file);
        assertThat((Iterable<?>) root.get(0)).isEqualTo(Set.of(1L, 2L));
        assertThat(root.get(1)).isEqualTo(new byte[] {'a', 'b'});
        assertThat(root.get(2)).isEqualTo(new byte[] {'c'});
    }

    @Test
    void theTreeCannotBeChanged() {
        Map<?, ?> root =
                (Map<?, ?>) root(new TorchFileBuilder().code("}").text("l").code("](K\1es"));

        assertThatThrownBy(root::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(((List<?>) root.get("l"))::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void compressedDescriptionsAreRead() {
        TorchFileBuilder file = vectorFile(4, 4, 1, 0).deflated();

        TensorInfo info = (TensorInfo) ((Map<?, ?>) root(file)).get("w");
        assertThat(info.shape()).isEqualTo(Shape.of(4));
        assertThat(info.byteLength()).isEqualTo(16);
    }

    @Test
    void theKeyOfABadTensorIsNamed() {
        refused(vectorFile(4, 5, 1, 0), "'w'", "reaches past the end of its storage of 4 elements");
        refused(vectorFile(4, 4, 1, 1), "'w'", "reaches past the end");
        refused(vectorFile(4, 2, 4, 0), "'w'", "reaches past the end");
        refused(vectorFile(4, 4, 1, -1), "'w'", "negative storage offset");
        refused(vectorFile(4, -4, 1, 0), "'w'", "negative size");
        refused(vectorFile(4, 4, -1, 0), "'w'", "negative stride");
        refused(vectorFile(4, Integer.MAX_VALUE, 0, 0), "'w'", "repeats a storage");
    }

    @Test
    void aStorageMustHaveTheSizeThatThePickleSays() {
        refused(
                new TorchFileBuilder()
                        .floatVector("0", 5, new TorchFileBuilder.View(4, 1, 0))
                        .entry("data/0", new byte[16]),
                "data/0",
                "16 bytes");
        refused(
                new TorchFileBuilder()
                        .floatVector("0", 3, new TorchFileBuilder.View(3, 1, 0))
                        .entry("data/0", new byte[16]),
                "data/0",
                "16 bytes");
        refused(
                new TorchFileBuilder()
                        .floatVector("0", -1, new TorchFileBuilder.View(3, 1, 0))
                        .entry("data/0", new byte[16]),
                "-1 elements");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "os\nsystem",
                "builtins\neval",
                "torch\nload",
                "torch.nn.modules.linear\nLinear",
                "numpy\nndarray",
                "torch._utils\n_rebuild_wrapper_subclass",
                "torch.storage\n_load_from_bytes",
                "torch\nComplexFloatStorage"
            })
    void namesThatAreNotAllowedAreRefused(String name) {
        refused(
                new TorchFileBuilder().code("c" + name + "\n)R"),
                "refused: the pickle asks for " + name.replace('\n', '.'));
        String[] parts = name.split("\n");
        refused(new TorchFileBuilder().text(parts[0]).text(parts[1]).code(0x93).code(")R"), name.replace('\n', '.'));
    }

    @Test
    void allowedNamesCannotBeMisused() {
        refused(new TorchFileBuilder().code("ccollections\nOrderedDict\n"), "itself as a value");
        refused(new TorchFileBuilder().code("ctorch\nFloatStorage\n"), "itself as a value");
        refused(new TorchFileBuilder().code("ctorch\nFloatStorage\n)R"), "was expected");
        refused(new TorchFileBuilder().code("K\1)R"), "a Callable was expected where the pickle has a number");
        refused(
                new TorchFileBuilder()
                        .code("ccollections\nOrderedDict\n]")
                        .code(0x85)
                        .code("R"),
                "called with 1 arguments");
        refused(new TorchFileBuilder().code("ccollections\nOrderedDict\n)").code(0x81), "in an unknown way");
        refused(
                new TorchFileBuilder()
                        .code("cargparse\nNamespace\n)")
                        .code(0x81)
                        .code("K\1b"),
                "a Map was expected");
        refused(new TorchFileBuilder().code("]}b"), "sets attributes on a list");
        refused(
                new TorchFileBuilder()
                        .code("c_codecs\nencode\n")
                        .text("a")
                        .text("rot13")
                        .code(0x86)
                        .code("R"),
                "latin1");
        refused(new TorchFileBuilder().code("ctorch._utils\n_rebuild_tensor_v2\n)R"), "lacks its argument 1");
        refused(new TorchFileBuilder().floatStorage("0", 0).entry("data/0", new byte[0]), "a storage without a tensor");
        refused(new TorchFileBuilder().code(")Q"), "persistent reference");
        refused(new TorchFileBuilder().text("x").code("Q"), "was expected");
    }

    @Test
    void damagedStacksAreRefused() {
        refused(new TorchFileBuilder(), "empty stack");
        refused(new TorchFileBuilder().code("t"), "ends a group");
        refused(new TorchFileBuilder().code("K\1(").code(0x85), "empty stack");
        refused(new TorchFileBuilder().code("NN"), "values left over");
        refused(new TorchFileBuilder().code("N("), "empty stack");
        refused(new TorchFileBuilder().code("}(Nu"), "a key without a value");
        refused(new TorchFileBuilder().code("NK\1a"), "a List was expected");
        refused(new TorchFileBuilder().code(")K\1a"), "a List was expected where the pickle has a tuple");
        refused(new TorchFileBuilder().code("h\7"), "refers to value 7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"i", "o", "S'x'\n", "I1\n", "P1\n", "p1\n", "g1\n", "0", "2", "\202\1", "\222", "\227"})
    void opcodesThatTorchSaveDoesNotWriteAreRefused(String code) {
        refused(new TorchFileBuilder().code("N" + code), "pickle opcode 0x");
    }

    @Test
    void declaredLengthsAreNotBelieved() {
        refused(new TorchFileBuilder().code('X', 255, 255, 255, 127), "pickle is truncated");
        refused(new TorchFileBuilder().code('B', 255, 255, 255, 255), "pickle is truncated");
        refused(new TorchFileBuilder().code(0x8d, 255, 255, 255, 255, 255, 255, 255, 255), "pickle is truncated");
        refused(new TorchFileBuilder().code(0x95, 255, 255, 255, 255, 255, 255, 255, 127), "pickle is truncated");
        refused(new TorchFileBuilder().code(0x8b, 255, 255, 255, 255), "an integer of 4294967295 bytes");
        refused(new TorchFileBuilder().code("c" + "x".repeat(5000) + "\ny\n"), "name is longer");
        refused(new TorchFileBuilder().code('X', 1, 0, 0, 0, 0xff), "not UTF-8");
    }

    @Test
    void containersThatHoldThemselvesAreRefused() {
        refused(new TorchFileBuilder().code("]q\0h\0a"), "holds itself");
        refused(new TorchFileBuilder().code("}q\0").text("k").code("h\0s"), "holds itself");
        refused(new TorchFileBuilder().code("]q\0h\0").code(0x85).code("a"), "holds itself");
    }

    @Test
    void sharedContainersMayNotUnfoldWithoutLimit() {
        TorchFileBuilder bomb = new TorchFileBuilder().code("(").code(")q\0");
        for (int i = 0; i < 60; i++) {
            bomb.code("h\0h\0").code(0x86).code("q\0");
        }
        refused(bomb.code("t"), "unfold into more than");
    }

    @Test
    void nestingIsLimitedAlsoThroughSharing() {
        refused(new TorchFileBuilder().code("]".repeat(100_000)).code("a".repeat(99_999)), "nested more than 100 deep");

        // Each list is 60 deep by itself, but holds the one before it at its bottom.
        TorchFileBuilder chain = new TorchFileBuilder().code("(").code("]q\0");
        for (int i = 0; i < 5; i++) {
            chain.code("]".repeat(60)).code("h\0a").code("a".repeat(59)).code("q\0");
        }
        refused(chain.code("t"), "nested more than 100 deep");
    }

    @Test
    void copiesCannotBeMultiplied() {
        TorchFileBuilder file = new TorchFileBuilder()
                .code("(c__builtin__\nset\nq\0](")
                .code("K\1".repeat(20_000))
                .code("eq\1");
        for (int i = 0; i < 20_000; i++) {
            file.code("h\0h\1").code(0x85).code("R");
        }
        refused(file.code("t"), "builds more than");
    }

    @Test
    void keysThatCouldHashForeverAreRefused() {
        refused(new TorchFileBuilder().code("})Ns"), "dict key or set member is a tuple");
        refused(new TorchFileBuilder().code("}]Ns"), "dict key or set member is a list");
    }

    @Test
    void oldProtocolsAndNewerVersionsAreRefused() {
        Path path =
                TorchFileBuilder.write(folder.resolve("p1.pt"), "a/", Map.of("data.pkl", new byte[] {'N', '.'}), false);
        assertThatThrownBy(() -> PickleCheckpoint.open(path))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("protocol 2 or later");
        refused(
                new TorchFileBuilder().code("N").entry("version", "11\n".getBytes(StandardCharsets.US_ASCII)),
                "version '11'");
        refused(new TorchFileBuilder().code("N").entry("version", new byte[65]), "more than the 64");
        refused(new TorchFileBuilder().code("N").entry("data.pkl/data.pkl", new byte[0]), "a second data.pkl");
    }

    @Test
    void aValueThatIsNotADictHasNoEntries() {
        Path path = new TorchFileBuilder().code("]").write(folder.resolve("list.pt"));
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            assertThat(checkpoint.has("ema")).isFalse();
            assertThatThrownBy(checkpoint::keys)
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("not hold a dict");
            assertThatThrownBy(checkpoint::stateDict).hasMessageContaining("is not a state dict");
        }
    }

    @Test
    void entriesThatAreNotStateDictsSaySo() {
        Path path = new TorchFileBuilder()
                .code("}")
                .text("steps")
                .number(7)
                .code("s")
                .write(folder.resolve("steps.pt"));
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            assertThatThrownBy(() -> checkpoint.infos("steps"))
                    .hasMessageContaining("'steps'")
                    .hasMessageContaining("is not a state dict");
            assertThatThrownBy(checkpoint::infos).hasMessageContaining("its entry 'steps' is not a tensor");
            assertThatThrownBy(() -> checkpoint.value("Steps"))
                    .hasMessageContaining("has no entry 'Steps'; it has [steps]");
        }
    }

    @Test
    void missingFilesAndFoldersAreNamed() {
        assertThatThrownBy(() -> PickleCheckpoint.open(folder.resolve("none.pt")))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> PickleCheckpoint.open(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void legacyStoragesMustBeComplete() throws Exception {
        byte[] good = Files.readAllBytes(Path.of(PickleCheckpointTest.class
                .getResource("/goldens/checkpoint/small_legacy_nonzip.pt")
                .toURI()));
        Path path = folder.resolve("legacy.pt");
        for (int length = 1; length < good.length; length++) {
            Files.write(path, Arrays.copyOf(good, length));
            assertThatThrownBy(() -> PickleCheckpoint.open(path)).isInstanceOf(WeightFileException.class);
        }
        byte[] wrongCount = good.clone();
        ByteBuffer.wrap(wrongCount).order(ByteOrder.LITTLE_ENDIAN).putLong(good.length - 32, Long.MAX_VALUE);
        Files.write(path, wrongCount);
        assertThatThrownBy(() -> PickleCheckpoint.open(path))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("should have 24 bytes but does not");
    }

    private static TorchFileBuilder vectorFile(int storageElements, int size, int stride, int offset) {
        return new TorchFileBuilder()
                .code("}")
                .text("w")
                .floatVector("0", storageElements, new TorchFileBuilder.View(size, stride, offset))
                .code("s")
                .entry("data/0", new byte[storageElements * Float.BYTES]);
    }

    private Object root(TorchFileBuilder file) {
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file.write(folder.resolve("made.pt")))) {
            return checkpoint.root();
        }
    }

    private void refused(TorchFileBuilder file, String... parts) {
        Path path = file.write(folder.resolve("made.pt"));
        List<CharSequence> expected = new ArrayList<>(List.of(parts));
        expected.add("made.pt");
        assertThatThrownBy(() -> PickleCheckpoint.open(path))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContainingAll(expected.toArray(CharSequence[]::new));
    }
}
