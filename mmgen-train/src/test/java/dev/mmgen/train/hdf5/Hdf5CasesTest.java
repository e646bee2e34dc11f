package dev.mmgen.train.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.StoredArray;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.DatasetCreationOptions;
import io.jhdf.filter.Filter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HDF5 files that users of such software reported, and files damaged as reported, read as h5py reads them. */
@Timeout(60)
class Hdf5CasesTest {

    @TempDir
    private Path folder;

    private static Path file(String name) {
        URL resource = Objects.requireNonNull(Hdf5CasesTest.class.getResource("/cases/" + name));
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void chunksWithFletcher32AreRead() {
        try (Hdf5Samples samples = Hdf5Samples.open(file("f32sum.h5"))) {
            float[] values = samples.read("k.png", 4, 16, 16, 2).values();
            for (int i = 0; i < values.length; i++) {
                assertThat(values[i]).isEqualTo(i);
            }
        }
    }

    @Test
    void flippedBitIsFoundByFletcher32() {
        try (Hdf5Samples samples = Hdf5Samples.open(file("f32sum_corrupt.h5"))) {
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> samples.read("k.png"))
                    .withMessageContaining("f32sum_corrupt.h5")
                    .withMessageContaining("'k.png'")
                    .withMessageContaining("Fletcher32");
        }
    }

    @Test
    void softAndHardLinksAreFollowed() {
        try (Hdf5Samples samples = Hdf5Samples.open(file("links.h5"))) {
            float[] real = samples.read("real.png").values();
            assertThat(samples.read("hard.png").values()).isEqualTo(real);
            assertThat(samples.read("k.png").values()).isEqualTo(real);
            assertThat(samples.shape("k.png")).containsExactly(4, 16, 16, 2);
            assertThat(samples.contains("k.png")).isTrue();
            assertThat(samples.keys())
                    .containsExactlyInAnyOrder("real.png", "hard.png", "k.png", "dangling.png", "ext.png");
        }
    }

    @Test
    void danglingAndExternalLinksAreNamed() {
        try (Hdf5Samples samples = Hdf5Samples.open(file("links.h5"))) {
            assertThat(samples.contains("dangling.png")).isFalse();
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> samples.read("dangling.png"))
                    .withMessageContaining("links.h5")
                    .withMessageContaining("'dangling.png'")
                    .withMessageContaining("soft link to '/nope'");
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> samples.read("ext.png"))
                    .withMessageContaining("external link to '/k.png' in 'plain.h5'")
                    .withMessageContaining("copy");
        }
    }

    /** As {@code hang.h5}: the size of the root group's object header is 2^25 bytes more than the file has. */
    @Test
    void sizeBeyondTheFileIsRefusedAtOnce() throws IOException {
        Path file = samples(2000);
        byte[] content = Files.readAllBytes(file);
        int rootHeader = content.length - 40;
        assertThat(content[rootHeader]).isEqualTo((byte) 1);
        content[rootHeader + 11] = 2;
        Files.write(file, content);
        assertRefused(file, "33554456 bytes");
    }

    /** Two nodes of a B-tree that are each other's children: jhdf alone goes down until the stack ends. */
    @Test
    void circleInTheTreeOfAGroupEnds() throws IOException {
        Path file = samples(3);
        byte[] content = Files.readAllBytes(file);
        int tree = indexOf(content, "TREE");
        content[tree + 5] = 1;
        ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(tree + 32, tree);
        Files.write(file, content);
        assertRefused(file, "its structures lead in circles");
    }

    @Test
    void negativeSizeOfASampleIsNamedAndSparesTheOthers() throws IOException {
        Path file = samples(3);
        byte[] content = Files.readAllBytes(file);
        // The first sample's header follows the superblock: prefix, message header, then version, rank and sizes.
        ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(96 + 16 + 8 + 8, -1);
        Files.write(file, content);
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> samples.read("0"))
                    .withMessageContaining("samples.h5")
                    .withMessageContaining("'0'")
                    .withMessageContaining("h5repack");
            assertThat(samples.read("1").values()).containsExactly(1, 1);
        }
    }

    /** The order of h5py: LZF, then Fletcher32, whose four bytes LZF must not see. */
    @Test
    void lzfWithFletcher32IsRead() {
        float[][] values = {{1, 2, 3, 4}, {5, 6, 7, 8}};
        Path file = folder.resolve("lzf.h5");
        int chunkBytes = 4 * Float.BYTES;
        try (WritableHdfFile written = HdfFile.write(file)) {
            written.putDataset(
                    "a",
                    values,
                    DatasetCreationOptions.builder()
                            .chunkDimensions(1, 4)
                            .filter(new LzfEncoder(), 4, 0, chunkBytes)
                            .filter(new Fletcher32Encoder())
                            .build());
        }
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            assertThat(samples.read("a", 2, 4).values()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        }
    }

    /** Also of an odd number of bytes: the last word ends in zero. */
    @Test
    void checksumCountsBigEndianWords() {
        byte[] data = {1, 2, 3, 4, 5};
        int first = 0x0102 + 0x0304 + 0x0500;
        int second = 0x0102 + (0x0102 + 0x0304) + first;
        assertThat(Fletcher32Filter.checksum(data, data.length)).isEqualTo(second << 16 | first);
    }

    private Path samples(int count) {
        Path file = folder.resolve("samples.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            for (int i = 0; i < count; i++) {
                writer.write(String.valueOf(i), StoredArray.of(new float[] {i, i}, 2));
            }
            writer.finish();
        }
        return file;
    }

    private static int indexOf(byte[] content, String signature) {
        for (int i = 0; i < content.length; i++) {
            if (new String(content, i, 4, StandardCharsets.ISO_8859_1).equals(signature)) {
                return i;
            }
        }
        throw new IllegalStateException("no " + signature);
    }

    private static void assertRefused(Path file, String reason) {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> {
                    try (Hdf5Samples samples = Hdf5Samples.open(file)) {
                        samples.keys();
                    }
                })
                .withMessageContaining("samples.h5")
                .withMessageContaining(reason);
    }

    /** LZF without references: a byte with the length less one, then that many bytes. */
    private static final class LzfEncoder implements Filter {
        @Override
        public int getId() {
            return 32000;
        }

        @Override
        public String getName() {
            return "lzf";
        }

        @Override
        public byte[] decode(byte[] encoded, int[] settings) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] encode(byte[] data, int[] settings) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int at = 0; at < data.length; at += 32) {
                int length = Math.min(32, data.length - at);
                out.write(length - 1);
                out.write(data, at, length);
            }
            return out.toByteArray();
        }
    }

    private static final class Fletcher32Encoder implements Filter {
        @Override
        public int getId() {
            return 3;
        }

        @Override
        public String getName() {
            return "fletcher32";
        }

        @Override
        public byte[] decode(byte[] encoded, int[] settings) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] encode(byte[] data, int[] settings) {
            return ByteBuffer.allocate(data.length + Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(data)
                    .putInt(Fletcher32Filter.checksum(data, data.length))
                    .array();
        }
    }
}
