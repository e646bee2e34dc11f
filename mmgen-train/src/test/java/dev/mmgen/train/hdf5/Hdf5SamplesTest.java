package dev.mmgen.train.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.StoredArray;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class Hdf5SamplesTest {

    @TempDir
    private Path folder;

    private Path write(String name, Object data) {
        Path path = folder.resolve("file.h5");
        try (WritableHdfFile file = HdfFile.write(path)) {
            file.putDataset(name, data);
        }
        return path;
    }

    @Test
    void missingSampleIsNamed() {
        try (Hdf5Samples samples = Hdf5Samples.open(write("a", new float[][] {{1, 2}, {3, 4}}))) {
            assertThat(samples.contains("a")).isTrue();
            for (String missing : List.of("b", "a/b", "b/c/d", "")) {
                assertThat(samples.contains(missing)).isFalse();
                assertThat(samples.shape(missing)).isNull();
                assertThatThrownBy(() -> samples.read(missing))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("file.h5")
                        .hasMessageContaining("'" + missing + "'");
            }
            assertThatThrownBy(() -> samples.read("a", 2, 3))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("[2, 2]")
                    .hasMessageContaining("[2, 3]");
        }
        assertThatThrownBy(() -> Hdf5Samples.open(folder)).isInstanceOf(DataException.class);
    }

    @Test
    void numberThatIsNotFiniteIsNamed() {
        try (Hdf5Samples samples = Hdf5Samples.open(write("a", new double[] {1, Double.POSITIVE_INFINITY}))) {
            assertThat(samples.read("a").values()).containsExactly(1, Float.POSITIVE_INFINITY);
            assertThatThrownBy(() -> samples.read("a", 2))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("Infinity")
                    .hasMessageContaining("value number 1");
        }
    }

    @Test
    void valuesOfOtherTypesAreRefused() {
        try (Hdf5Samples samples = Hdf5Samples.open(write("a", new int[] {1, 2}))) {
            assertThatThrownBy(() -> samples.read("a"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("float32");
        }
        try (Hdf5Samples samples = Hdf5Samples.open(write("a", "text"))) {
            assertThatThrownBy(() -> samples.read("a")).isInstanceOf(DataException.class);
        }
    }

    /** Bytes changed at random must never end the process, loop, or throw anything but a {@link DataException}. */
    @Test
    @Timeout(120)
    void damagedFileIsAlwaysADataException() throws IOException {
        Path original = folder.resolve("original.h5");
        try (SampleWriter writer = SampleWriter.open(original)) {
            for (int i = 0; i < 12; i++) {
                writer.write("c" + i % 2 + "/" + i, StoredArray.of(new float[] {i, i}, 2));
            }
            writer.finish();
        }
        byte[] whole = Files.readAllBytes(original);
        Random random = new Random(11);
        int refused = 0;
        for (int round = 0; round < 150; round++) {
            byte[] damaged = whole.clone();
            for (int change = 0; change <= round % 4; change++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve("damaged.h5"), damaged);
            refused += Assertions.catchThrowableOfType(DataException.class, () -> readAll(file)) == null ? 0 : 1;
        }
        assertThat(refused).isPositive();
    }

    @Test
    void fileCutShortIsRefused() throws IOException {
        Path file = write("a", new float[1000]);
        byte[] whole = Files.readAllBytes(file);
        for (int length : List.of(0, 7, 8, 47, 48, 100, whole.length - 1)) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> readAll(file))
                    .as("%d bytes", length)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("file.h5");
        }
    }

    private static List<float[]> readAll(Path file) {
        List<float[]> values = new ArrayList<>();
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            for (String key : samples.keys()) {
                values.add(samples.read(key).values());
            }
        }
        return values;
    }

    @Test
    void threadsReadAtTheSameTime() throws InterruptedException {
        Path file = folder.resolve("shared.h5");
        try (SampleWriter writer = SampleWriter.open(file)) {
            for (int i = 0; i < 300; i++) {
                writer.write("c" + i % 10 + "/" + i, StoredArray.of(new float[] {i}, 1));
            }
            writer.finish();
        }
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int start = t * 50;
                threads.add(Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, e) -> failures.add(e))
                        .start(() -> {
                            for (int i = 0; i < 300; i++) {
                                int number = (start + i) % 300;
                                assertThat(samples.read("c" + number % 10 + "/" + number)
                                                .values())
                                        .containsExactly(number);
                            }
                        }));
            }
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
            }
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void shapeMustFitTheValues() {
        assertThatThrownBy(() -> StoredArray.of(new float[3], 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredArray.of(new float[0], -1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredArray.of(new float[0], 1 << 30, 1 << 30, 4))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SampleShape.of(4, 4, 1 << 20, 1 << 20)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SampleShape.of(4, 4, 8, 8).withFeatures(3, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(SampleShape.OFFICIAL.withoutFeatures().hasFeatures()).isFalse();
    }
}
