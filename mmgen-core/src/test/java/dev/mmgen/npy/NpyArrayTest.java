package dev.mmgen.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyArrayTest {

    @TempDir
    Path folder;

    /** Returns a file as NumPy 2.4 writes it: dictionary, spaces up to 128 bytes, elements. */
    private static byte[] numpy(String dictionary, byte... elements) {
        return npy(1, dictionary + " ".repeat(117 - dictionary.length()) + "\n", elements);
    }

    private static byte[] npy(int version, String text, byte... elements) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        ByteBuffer length =
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(text.length());
        out.write(length.array(), 0, version == 1 ? 2 : 4);
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(elements);
        return out.toByteArray();
    }

    private NpyArray read(byte[] bytes) throws IOException {
        return NpyArray.read(Files.write(folder.resolve("read.npy"), bytes));
    }

    private byte[] written(NpyArray array) throws IOException {
        Path file = folder.resolve("made").resolve("written.npy");
        array.write(file);
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
        assertThat(NpyArray.read(file)).isEqualTo(array);
        return Files.readAllBytes(file);
    }

    @Test
    void bytesEqualNumpy() throws IOException {
        assertThat(written(NpyArray.of(new byte[] {0, 1, 2, 3, 4, -1}, 2, 3)))
                .isEqualTo(numpy(
                        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }",
                        (byte) 0,
                        (byte) 1,
                        (byte) 2,
                        (byte) 3,
                        (byte) 4,
                        (byte) -1));
        assertThat(written(NpyArray.of(new double[] {1.5, -2}, 2)))
                .isEqualTo(numpy(
                        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
                        new byte[] {0, 0, 0, 0, 0, 0, -8, 63, 0, 0, 0, 0, 0, 0, 0, -64}));
        assertThat(written(NpyArray.of(new long[] {-2})))
                .isEqualTo(numpy(
                        "{'descr': '<i8', 'fortran_order': False, 'shape': (), }",
                        new byte[] {-2, -1, -1, -1, -1, -1, -1, -1}));
        assertThat(written(NpyArray.of(new byte[0], 0, 4)))
                .isEqualTo(numpy("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4), }"));
    }

    @Test
    void headerEndsAtAMultipleOf64Bytes() throws IOException {
        long[] shape = new long[32];
        shape[0] = 0;
        for (int i = 1; i < 32; i++) {
            shape[i] = 1_000_000L / i % 3 + 1;
        }
        byte[] bytes = written(NpyArray.of(new byte[0], shape));
        assertThat(bytes).hasSize(192).endsWith(' ', '\n');
    }

    @Test
    void everyTypeIsRead() throws IOException {
        byte[] bytes = {0, 0, (byte) 0x80, (byte) 0xbf, 1, 0, 0, 0};
        assertThat(read(numpy(dictionary("|u1", "(8,)"), bytes)).toDoubles())
                .containsExactly(0, 0, 128, 191, 1, 0, 0, 0);
        assertThat(read(numpy(dictionary("<f4", "(2,)"), bytes)).toDoubles()).containsExactly(-1, Float.MIN_VALUE);
        assertThat(read(numpy(dictionary("<i4", "(2,)"), bytes)).toDoubles()).containsExactly(0xbf800000, 1);
        assertThat(read(numpy(dictionary("<i8", "(1,)"), bytes)).toDoubles()).containsExactly(0x1bf800000L);
        assertThat(read(numpy(dictionary("<f4", "(2,)"), bytes)).toFloats()).containsExactly(-1, Float.MIN_VALUE);
        assertThat(read(numpy(dictionary("<i4", "(2,)"), bytes)).toFloats()).containsExactly(0xbf800000, 1);
    }

    private static String dictionary(String descr, String shape) {
        return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
    }

    @Test
    void matricesInFortranOrderAreRead() throws IOException {
        String text = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }";
        assertThat(read(numpy(text, new byte[] {0, 3, 1, 4, 2, 5})).bytes()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> read(numpy(text.replace("2, 3", "1, 2, 3"), new byte[6])))
                .withMessageContaining("ascontiguousarray");
    }

    @Test
    void versions2And3AndOtherSpacingAreRead() throws IOException {
        String text = "{ 'shape':( 2 ,1),\n'fortran_order' : False ,'descr':'|u1'}";
        assertThat(read(npy(2, text, (byte) 7, (byte) 8)).shape()).isEqualTo(List.of(2L, 1L));
        assertThat(read(npy(3, text, (byte) 7, (byte) 8)).bytes()).containsExactly(7, 8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{",
                "}",
                "[1]",
                "{'descr': '|u1', 'fortran_order': False, }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': (1,), }",
                "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': (1,), 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '|u1', 'fortran_order': 'True', 'shape': (1,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': '1', }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (1 2,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (536870912,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '|u1' 'fortran_order': False 'shape': (2,)}",
                "{'descr': '|u1', 'fortran_order': False, 'shape': ("
                        + "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2), }"
            })
    void brokenHeadersAreRefused(String text) {
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> read(npy(1, text, (byte) 1, (byte) 2)))
                .withMessageContaining("read.npy: cannot be read");
    }

    @Test
    void otherFilesAreRefused() {
        assertThatExceptionOfType(NpyException.class).isThrownBy(() -> read(new byte[0]));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> read("PK\3\4 an archive".getBytes(StandardCharsets.UTF_8)));
        assertThatExceptionOfType(NpyException.class).isThrownBy(() -> read(npy(4, "{}")));
        byte[] huge = npy(2, "{}");
        huge[11] = (byte) 0xff;
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> read(huge))
                .withMessageContaining("header of");
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> NpyArray.read(folder.resolve("missing.npy")))
                .withMessageContaining("missing.npy");
    }

    @Test
    void damageIsAlwaysAnException() throws IOException {
        byte[] whole = numpy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", new byte[8]);
        Random random = new Random(4);
        int refused = 0;
        for (int round = 0; round < 600; round++) {
            byte[] damaged = round < whole.length ? Arrays.copyOf(whole, round) : whole.clone();
            if (round >= whole.length) {
                damaged[random.nextInt(70)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(read(damaged).toDoubles()).isNotNull();
            } catch (NpyException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(350);
    }

    @Test
    void streamIsLeftBehindTheArray() throws IOException {
        NpyArray depth = NpyArray.of(new float[] {0.5f, 2}, 1, 2);
        NpyArray labels = NpyArray.of(new byte[] {7}, 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        depth.write(out);
        labels.write(out);
        ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
        assertThat(NpyArray.read(in)).isEqualTo(depth).hasToString("NpyArray[FLOAT32, [1, 2]]");
        assertThat(NpyArray.read(in)).isEqualTo(labels);
        assertThat(in.read()).isNegative();
        assertThat(depth.toDoubles()).containsExactly(0.5, 2);
    }

    @Test
    void shapeMustHoldAllValues() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NpyArray.of(new double[3], 2))
                .withMessageContaining("2 elements, not 3");
        assertThatIllegalArgumentException().isThrownBy(() -> NpyArray.of(new double[0], -1));
    }

    @Test
    void failureLeavesTheOldFile() throws IOException {
        Path target = Files.createDirectory(folder.resolve("taken.npy"));
        Files.createFile(target.resolve("inside"));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> NpyArray.of(new double[1], 1).write(target));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(target);
        }
    }
}
