package dev.mmgen.train.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.StoredArray;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampleWriterTest {

    @TempDir
    private Path folder;

    private static StoredArray numbered(int number) {
        return StoredArray.of(new float[] {number, number + 0.5f, -number}, 3, 1);
    }

    private static void assertHolds(Path file, Map<String, StoredArray> expected) {
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            assertThat(samples.keys()).containsExactlyInAnyOrderElementsOf(expected.keySet());
            expected.forEach((key, array) -> {
                assertThat(samples.contains(key)).isTrue();
                assertThat(samples.shape(key)).isEqualTo(array.shape());
                assertThat(samples.read(key).values()).isEqualTo(array.values());
            });
        }
    }

    @Test
    void groupsOfAllSizesAreReadBack() {
        Map<String, StoredArray> written = new LinkedHashMap<>();
        Random random = new Random(5);
        for (int size : List.of(1, 7, 8, 9, 16, 17, 400)) {
            for (int i = 0; i < size; i++) {
                written.put("g" + size + "/ü/" + Integer.toString(random.nextInt(1_000_000_000), 36) + i, numbered(i));
            }
        }
        written.put("flat.png", StoredArray.of(new float[24], 2, 3, 4));
        written.put("scalar", StoredArray.of(new float[] {7}));
        Path file = folder.resolve("new/folder/rgb.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            written.forEach(writer::write);
            assertThat(writer.size()).isEqualTo(written.size());
            writer.finish();
        }
        assertHolds(file, written);
        assertThat(folder.resolve("new/folder"))
                .isDirectoryContaining("glob:**.h5")
                .isDirectoryNotContaining("glob:**.journal");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 40, 90, 120, 1000})
    void groupAtTheEndOfTheFileIsReadBack(int size) {
        Map<String, StoredArray> written = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            written.put(i + ".png", numbered(i));
        }
        Path file = folder.resolve("flat.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            written.forEach(writer::write);
            writer.finish();
        }
        assertHolds(file, written);
    }

    @Test
    void fileWithoutSamplesIsValid() {
        Path file = folder.resolve("rgb.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            writer.finish();
        }
        assertHolds(file, Map.of());
    }

    @Test
    void interruptedFileIsResumed() throws IOException {
        Path file = folder.resolve("rgb.h5");
        Map<String, StoredArray> expected = new LinkedHashMap<>();
        for (int i = 0; i < 30; i++) {
            expected.put("c" + i % 3 + "/" + i, numbered(i));
        }
        Path journal = folder.resolve("rgb.h5.journal");
        Path partial = folder.resolve("rgb.h5.partial");
        int round = 0;
        for (Map.Entry<String, StoredArray> sample : expected.entrySet()) {
            try (SampleWriter writer = SampleWriter.open(file)) {
                assertThat(writer.size()).isEqualTo(round);
                writer.write(sample.getKey(), sample.getValue());
                assertThat(writer.has(sample.getKey())).isTrue();
            }
            round++;
            // what a killed process may leave: a sample without its line, and half of a line
            Files.write(partial, new byte[] {1, 2, 3, 4, 5}, StandardOpenOption.APPEND);
            Files.writeString(journal, "{\"key\":\"half", StandardOpenOption.APPEND);
        }
        assertThat(file).doesNotExist();
        try (SampleWriter writer = SampleWriter.open(file)) {
            writer.finish();
        }
        assertHolds(file, expected);
    }

    @Test
    void journalLinesOfLostSamplesAreIgnored() throws IOException {
        Path file = folder.resolve("rgb.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            writer.write("a", numbered(1));
            writer.write("b", numbered(2));
        }
        try (RandomAccessFile partial =
                new RandomAccessFile(folder.resolve("rgb.h5.partial").toFile(), "rw")) {
            partial.setLength(partial.length() - 8);
        }
        try (SampleWriter writer = SampleWriter.open(file)) {
            assertThat(writer.has("a")).isTrue();
            assertThat(writer.has("b")).isFalse();
            writer.write("b", numbered(3));
            writer.finish();
        }
        assertHolds(file, Map.of("a", numbered(1), "b", numbered(3)));
    }

    @Test
    void journalOfAnotherFormIsIgnored() throws IOException {
        Path file = folder.resolve("rgb.h5");
        for (String line : List.of(
                "garbage",
                "[]",
                "{}",
                "{\"key\":1,\"address\":96,\"end\":104}",
                "{\"key\":\"a\",\"address\":-8,\"end\":104}",
                "{\"key\":\"a\",\"address\":96,\"end\":9000000000}",
                "{\"key\":\"a\",\"address\":97,\"end\":104}",
                "\"\"",
                "null")) {
            Files.write(folder.resolve("rgb.h5.partial"), new byte[200]);
            Files.writeString(folder.resolve("rgb.h5.journal"), line + "\n");
            try (SampleWriter writer = SampleWriter.open(file)) {
                assertThat(writer.size()).as(line).isZero();
            }
        }
    }

    @Test
    void invalidSampleIsRefusedAndTheOthersStay() {
        Path file = folder.resolve("rgb.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            writer.write("a/b", numbered(1));
            assertThatThrownBy(() -> writer.write("a/nan", StoredArray.of(new float[] {1, Float.NaN}, 2)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("NaN")
                    .hasMessageContaining("a/nan");
            assertThatThrownBy(() -> writer.write("a/b", numbered(2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("exists already");
            assertThatThrownBy(() -> writer.write("a", numbered(2))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.write("a/b/c", numbered(2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is a sample itself");
            assertThatThrownBy(() -> writer.write("a//c", numbered(2))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> SampleWriter.open(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("another writer");
            writer.finish();
        }
        assertHolds(file, Map.of("a/b", numbered(1)));
        assertThatThrownBy(() -> SampleWriter.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("exists");
    }

    @Test
    void shardsAreReadAsOneAndMerged() throws IOException {
        Shards shards = new Shards(folder.resolve("rgb.h5"), 3);
        assertThat(shards.file(1)).hasFileName("rgb-00001-of-00003.h5");
        Map<String, StoredArray> expected = new LinkedHashMap<>();
        for (int shard = 0; shard < 3; shard++) {
            try (SampleWriter writer = SampleWriter.open(shards.file(shard))) {
                for (int i = shard; i < 20; i += 3) {
                    expected.put("c/" + i, numbered(i));
                    writer.write("c/" + i, numbered(i));
                }
                writer.finish();
            }
        }
        assertHolds(folder.resolve("rgb.h5"), expected);
        shards.merge();
        assertThat(folder.resolve("rgb.h5")).exists();
        assertHolds(folder.resolve("rgb.h5"), expected);

        Files.delete(folder.resolve("rgb.h5"));
        Files.delete(shards.file(2));
        assertThatThrownBy(() -> Hdf5Samples.open(folder.resolve("rgb.h5")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("rgb-00002-of-00003.h5");
        Files.createFile(folder.resolve("rgb-00000-of-00002.h5"));
        assertThatThrownBy(() -> Hdf5Samples.open(folder.resolve("rgb.h5"))).hasMessageContaining("two sets");
        assertThatThrownBy(() -> Hdf5Samples.open(folder.resolve("depth.h5"))).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> new Shards(folder, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
