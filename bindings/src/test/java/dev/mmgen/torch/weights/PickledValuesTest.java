package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The values beside tensors that PyTorch's own list of safe names allows, and NumPy's numbers. */
class PickledValuesTest {

    private static final String FLOAT_64 = "cnumpy\ndtype\nX\2\0\0\0f8\u0089\u0088\u0087R";
    private static final String LITTLE = "(K\3X\1\0\0\0<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb";

    @TempDir
    private Path folder;

    @Test
    void aCounterIsAMap() {
        assertThat(root(file().code("ccollections\nCounter\n}").text("a").code("K\3s\u0085R")))
                .isEqualTo(Map.of("a", 3L));
        assertThat(root(file().code("ccollections\nCounter\n)R"))).isEqualTo(Map.of());
    }

    @Test
    void bytesOfEitherKindAreByteArrays() {
        assertThat(root(file().code("c__builtin__\nbytes\n)R"))).isEqualTo(new byte[0]);
        assertThat(root(file().code("cbuiltins\nbytearray\nC\2ab\u0085R"))).isEqualTo(new byte[] {'a', 'b'});
    }

    @Test
    void aNumpyScalarIsANumberInEitherByteOrder() {
        String one = "C\b\0\0\0\0\0\0\u00f0?";
        String oneBigEndian = "C\b?\u00f0\0\0\0\0\0\0";
        assertThat(root(scalar(FLOAT_64 + LITTLE + one))).isEqualTo(1.0);
        assertThat(root(scalar(FLOAT_64 + LITTLE.replace('<', '>') + oneBigEndian)))
                .isEqualTo(1.0);
        assertThat(root(scalar(FLOAT_64.replace("f8", "u2") + LITTLE + "C\2\u00ff\u00ff")))
                .isEqualTo(65535L);
        assertThat(root(scalar(FLOAT_64.replace("f8", "b1") + LITTLE + "C\1\1")))
                .isEqualTo(true);
    }

    @Test
    void aNumpyArrayIsAListOfLists() {
        assertThat(root(array("K\2K\3\u0086", "\u0089", "i2", "\1\0\2\0\3\0\4\0\5\0\u00ff\u00ff")))
                .isEqualTo(List.of(List.of(1L, 2L, 3L), List.of(4L, 5L, -1L)));
        assertThat(root(array("K\2K\3\u0086", "\u0088", "i1", "\1\4\2\5\3\6")))
                .as("column-major")
                .isEqualTo(List.of(List.of(1L, 2L, 3L), List.of(4L, 5L, 6L)));
        assertThat(root(array(")", "\u0089", "f4", "\0\0\u0080?"))).isEqualTo(1.0);
        assertThat(root(array("K\0\u0085", "\u0089", "f4", ""))).isEqualTo(List.of());
    }

    @Test
    void aDamagedNumpyArrayIsRefused() {
        refused(array("K\2K\3\u0086", "\u0089", "i2", "\1\0"), "a numpy array of shape [2, 3]");
        refused(array("K\2\u0085", "\u0089", "i2", "\1\0"), "with 2 bytes instead of 4");
        refused(
                array("M\u00ff\u00ffM\u00ff\u00ffM\u00ff\u00ff\u0087", "\u0089", "u1", "\1\2"),
                "shape [65535, 65535, 65535]");
        refused(file().code("cnumpy._core.multiarray\n_reconstruct\n)R}b"), "a Tuple was expected");
    }

    @Test
    void numpyObjectsAreRefusedByType() {
        refused(scalar(FLOAT_64.replace("f8", "O8") + LITTLE + "C\b01234567"), "numpy values of type 'O8'");
        refused(scalar(FLOAT_64 + LITTLE + "C\1\0"), "a numpy number of 1 bytes");
        refused(file().code("cnumpy\nndarray\n"), "itself as a value");
        refused(file().code(FLOAT_64), "a numpy type without values");
    }

    private static TorchFileBuilder file() {
        return new TorchFileBuilder();
    }

    private static TorchFileBuilder scalar(String typeAndBytes) {
        return file().code("cnumpy.core.multiarray\nscalar\n" + typeAndBytes + "\u0086R");
    }

    private static TorchFileBuilder array(String shape, String columnMajor, String type, String bytes) {
        return file().code("cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u0085C\1b\u0087R(K\1")
                .code(shape)
                .code(FLOAT_64.replace("f8", type) + LITTLE)
                .code(columnMajor)
                .code("C")
                .code(bytes.length())
                .code(bytes)
                .code("tb");
    }

    private Object root(TorchFileBuilder builder) {
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(builder.write(folder.resolve("values.pt")))) {
            return checkpoint.root();
        }
    }

    private void refused(TorchFileBuilder builder, String reason) {
        assertThatThrownBy(() -> root(builder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("values.pt")
                .hasMessageContaining(reason);
    }
}
