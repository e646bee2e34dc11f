package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.zip.ZipDirectory;
import dev.mmgen.torch.weights.zip.ZipWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PickleCheckpointWriteTest {

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

    @ParameterizedTest
    @EnumSource(DType.class)
    void tensorsOfEveryTypeComeBack(DType dtype) {
        Tensor values = Torch.tensor(new float[] {0, 1, 2, 3, 100, 0}, 2, 3).to(dtype);
        List<Number> expected = new ArrayList<>();
        for (double value : values.to(DType.FLOAT64).toDoubles()) {
            expected.add(dtype.isFloatingPoint() ? (Number) value : (Number) (long) value);
        }
        Path path = write(Map.of("w", values));

        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path);
                StateDict dict = checkpoint.stateDict()) {
            TensorInfo info = checkpoint.infos().get("w");
            assertThat(info)
                    .isEqualTo(TensorInfo.contiguous(dtype, Shape.of(2, 3), info.byteOffset(), 6L * dtype.byteSize()));
            assertThat(info.byteOffset() % 64).isZero();
            assertThat(StoredValues.read(path, info)).isEqualTo(expected);
            assertThat(dict.get("w").to(DType.FLOAT64).toDoubles())
                    .isEqualTo(values.to(DType.FLOAT64).toDoubles());
        }
    }

    @Test
    void stridedAndOddlyShapedTensorsAreWrittenRowMajor() {
        Tensor matrix = Torch.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("transposed", matrix.transpose(0, 1));
        tensors.put("column", matrix.select(1, 2));
        tensors.put("repeated", matrix.select(0, 0).unsqueeze(0).expand(2, 3));
        tensors.put("empty", Torch.zeros(0, 3));
        tensors.put("scalar", Torch.scalar(7));
        tensors.put("trained", Torch.ones(2).requiresGrad(true));
        Path path = write(tensors);

        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path);
                StateDict dict = checkpoint.stateDict()) {
            assertThat(dict.keys()).containsExactlyElementsOf(tensors.keySet());
            assertThat(dict.get("transposed").toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
            assertThat(dict.get("column").toFloats()).containsExactly(3, 6);
            assertThat(dict.get("repeated").toFloats()).containsExactly(1, 2, 3, 1, 2, 3);
            assertThat(dict.shape("empty")).isEqualTo(Shape.of(0, 3));
            assertThat(dict.shape("scalar")).isEqualTo(Shape.of());
            assertThat(dict.get("scalar").toFloats()).containsExactly(7);
            assertThat(dict.get("trained").toFloats()).containsExactly(1, 1);
        }
    }

    @Test
    void containersAndPlainValuesComeBack() {
        List<Object> values = new ArrayList<>(List.of(
                true,
                false,
                "",
                "naïve ☃ 😀",
                0L,
                255L,
                256L,
                65535L,
                65536L,
                -1L,
                (long) Integer.MAX_VALUE,
                (long) Integer.MIN_VALUE,
                Integer.MAX_VALUE + 1L,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                BigInteger.TWO.pow(70),
                BigInteger.TWO.pow(70).negate(),
                BigInteger.TWO.pow(511).subtract(BigInteger.ONE),
                0.1,
                -0.0,
                Double.NaN,
                Double.NEGATIVE_INFINITY,
                Double.MIN_VALUE,
                DType.BFLOAT16,
                Set.of(),
                Set.of(1L),
                List.of(),
                Map.of(),
                List.of(List.of(2L), "x")));
        values.add(null);
        Map<Object, Object> keys = new LinkedHashMap<>();
        keys.put(3L, "number");
        keys.put(null, "nothing");
        keys.put(0.5, Map.of(true, List.of()));
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("z", values);
        root.put("a", keys);

        Map<?, ?> read = (Map<?, ?>) read(write(root));

        assertThat(read).isEqualTo(root);
        assertThat((Iterable<?>) read.keySet()).isEqualTo(new LinkedHashSet<>(List.of("z", "a")));
        assertThat(new ArrayList<Object>(read.keySet())).isEqualTo(List.of("z", "a"));
    }

    @Test
    void narrowNumbersAndBytesComeBack() {
        Map<?, ?> read = (Map<?, ?>) read(write(Map.of("i", -7, "f", 0.1f, "b", new byte[] {0, 127, -128, -1})));

        assertThat(read.get("i")).isEqualTo(-7L);
        assertThat(read.get("f")).isEqualTo((double) 0.1f);
        assertThat(read.get("b")).isEqualTo(new byte[] {0, 127, -128, -1});
    }

    @Test
    void pythonContainersKeepTheirKind() {
        Map<String, Object> args = new LinkedHashMap<>();
        args.put("lr", 0.5);
        args.put("resume", null);
        assertThat(pickle(new PythonValue.Namespace(args)))
                .isEqualTo("\u0080\2cargparse\nNamespace\n)\u0081}("
                        + "X\2\0\0\0lrG?\u00e0\0\0\0\0\0\0X\6\0\0\0resumeNub.");
        assertThat(pickle(args)).isEqualTo("\u0080\2}(X\2\0\0\0lrG?\u00e0\0\0\0\0\0\0X\6\0\0\0resumeNu.");
        assertThat(pickle(new PythonValue.OrderedDict(Map.of(1, 2))))
                .isEqualTo("\u0080\2ccollections\nOrderedDict\n)R(K\1K\2u.");
        assertThat(pickle(new PythonValue.Tuple(List.of(1, 2)))).isEqualTo("\u0080\2(K\1K\2t.");
        assertThat(pickle(StateDict.of(Map.of()))).isEqualTo("\u0080\2ccollections\nOrderedDict\n)R(u.");

        assertThat(read(write(Map.of(
                        "args", new PythonValue.Namespace(args), "betas", new PythonValue.Tuple(List.of(0.9, 0.999))))))
                .isEqualTo(Map.of("args", args, "betas", List.of(0.9, 0.999)));
    }

    @Test
    void theArchiveIsLaidOutAsTorchSaveDoes() throws IOException {
        Tensor large = Torch.arange((16 << 20) / 8 * 2 + 5);
        Path path = folder.resolve("0000002.v1.pt");
        PickleCheckpoint.write(path, Map.of("l", List.of(large, Torch.ones(2))));

        List<String> names = new ArrayList<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                // Reading to the end compares the checksum.
                byte[] bytes = zip.readAllBytes();
                names.add(entry.getName()
                        + (bytes.length < 10 ? "=" + new String(bytes, StandardCharsets.US_ASCII) : ""));
            }
        }
        assertThat(names)
                .containsExactly(
                        "0000002.v1/data.pkl",
                        "0000002.v1/byteorder=little",
                        "0000002.v1/data/0",
                        "0000002.v1/data/1=\0\0\u0080?\0\0\u0080?".replace('\u0080', '\ufffd'),
                        "0000002.v1/version=3\n");
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            TensorInfo info = (TensorInfo) ((List<?>) checkpoint.value("l")).getFirst();
            assertThat(checkpoint.tensor(info).toLongs()).isEqualTo(large.toLongs());
        }
    }

    @Test
    void unusualNamesGiveTheFolderOfTorchSave() {
        // Under LC_ALL=C no file can have such a name.
        boolean umlauts = Charset.forName(System.getProperty("sun.jnu.encoding"), StandardCharsets.US_ASCII)
                .newEncoder()
                .canEncode("ünï");
        for (String name : List.of(umlauts ? "ünï.pt" : "a\tb.pt", ".pt", "a b.pt", "plain")) {
            Path path = folder.resolve(name);
            PickleCheckpoint.write(path, Map.of());
            try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
                assertThat(ZipDirectory.read(file))
                        .containsKey((name.equals("plain") ? "plain" : "archive") + "/data.pkl");
            }
        }
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path path = write(Map.of("x", Torch.ones(3)));
        byte[] before = Files.readAllBytes(path);
        Tensor closed = Torch.ones(3);
        closed.close();

        assertThatThrownBy(() -> PickleCheckpoint.write(path, Map.of("x", closed)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> WeightFileException.writing(path, channel -> {
                    ZipWriter zip = new ZipWriter(channel);
                    zip.add("a/data.pkl", new byte[3]);
                    zip.add("a/data/0", 12, out -> {
                        throw new IOException("No space left on device");
                    });
                }))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("the disk is full");

        assertThat(Files.readAllBytes(path)).isEqualTo(before);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(path);
        }
        assertThatThrownBy(() -> PickleCheckpoint.write(folder.resolve("no/x.pt"), Map.of()))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void valuesWithoutAFormInPythonAreRefusedByPlace() {
        refused(
                Map.of("opt", Map.of("state", List.of(1, new StringBuilder()))),
                "'opt.state[1]'",
                "java.lang.StringBuilder");
        refused(Map.of("m", Map.of(List.of(), 1)), "'m'", "a dict key or set member");
        refused(Map.of("m", Set.of(List.of())), "'m'", "a dict key or set member");
        refused(Map.of("n", BigInteger.TWO.pow(511)), "'n'", "an integer of 65 bytes");
        refused(Map.of("t", "half \ud83d"), "'t'", "surrogate");
        List<Object> itself = new ArrayList<>();
        itself.add(itself);
        refused(Map.of("l", itself), "'l[0]", "nested more than 100 deep");
    }

    @Test
    void whatTheReaderAcceptsIsAsDeepAsWhatIsWritten() {
        List<Object> nested = Collections.emptyList();
        for (int depth = 2; depth < 100; depth++) {
            nested = List.of(nested);
        }
        refused(Map.of("l", List.of(nested)), "nested more than 100 deep");
        Map<String, Object> deepest = Map.of("l", nested);
        assertThat(read(write(deepest))).isEqualTo(deepest);
    }

    private Path write(Map<String, ?> root) {
        Path path = folder.resolve("written.pt");
        PickleCheckpoint.write(path, root);
        return path;
    }

    private void refused(Map<String, ?> root, String... parts) {
        assertThatThrownBy(() -> write(root))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContainingAll(Arrays.copyOf(parts, parts.length, CharSequence[].class));
        assertThat(folder).isEmptyDirectory();
    }

    private static Object read(Path path) {
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            return checkpoint.root();
        }
    }

    private static String pickle(Object value) {
        return new String(TorchArchiveWriter.pickler(Path.of("x.pt")).dump(value), StandardCharsets.ISO_8859_1);
    }
}
