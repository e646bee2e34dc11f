package dev.mmgen.train.metric.adm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.npy.NpyException;
import dev.mmgen.npy.NpzFile;
import dev.mmgen.npy.NpzWriter;
import dev.mmgen.train.metric.distribution.FeatureGaussian;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdmBatchTest {

    private static final RgbImage FIRST = RgbImage.of(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
    private static final RgbImage SECOND = RgbImage.of(2, 1, new byte[] {-1, -2, -3, -4, -5, -6});
    private static final FeatureGaussian GAUSSIAN =
            FeatureGaussian.of(new double[] {1, -2}, new double[][] {{2, 0.5}, {0.5, 1}});

    @TempDir
    Path folder;

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private Path batch(NpzWriter.Compression compression) {
        Path file = folder.resolve("batch.npz");
        try (AdmBatchWriter writer = new AdmBatchWriter(file, 2, compression)) {
            writer.add(FIRST);
            writer.add(SECOND);
            writer.finish();
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource
    void batchIsReadAsItWasWritten(NpzWriter.Compression compression) throws IOException {
        Path file = batch(compression);
        assertThat(files()).containsExactly(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            assertThat(zip.getEntry("arr_0.npy").getMethod())
                    .isEqualTo(compression == NpzWriter.Compression.STORED ? ZipEntry.STORED : ZipEntry.DEFLATED);
        }
        try (NpzFile npz = NpzFile.open(file)) {
            assertThat(npz.names()).containsExactly("arr_0");
            assertThat(npz.read("arr_0"))
                    .isEqualTo(NpyArray.of(new byte[] {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6}, 2, 1, 2, 3));
        }
        try (AdmBatch batch = AdmBatch.open(file)) {
            assertThat(batch.count()).isEqualTo(2);
            assertThat(batch.height()).isEqualTo(1);
            assertThat(batch.width()).isEqualTo(2);
            assertThat((Iterator<RgbImage>) batch).toIterable().containsExactly(FIRST, SECOND);
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(batch::next);
        }
    }

    @ParameterizedTest
    @EnumSource
    void equalBatchesGiveEqualFiles(NpzWriter.Compression compression) throws IOException {
        byte[] first = Files.readAllBytes(batch(compression));
        assertThat(Files.readAllBytes(batch(compression))).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource
    void statisticsAreReadAsTheyWereWritten(NpzWriter.Compression compression) {
        Path file = folder.resolve("deep").resolve("reference.npz");
        new AdmReference(GAUSSIAN, GAUSSIAN).write(file, compression);
        AdmReference read = AdmReference.read(file);
        assertThat(read.pooled().mean()).containsExactly(1, -2);
        assertThat(read.pooled().covariance()).isDeepEqualTo(new double[][] {{2, 0.5}, {0.5, 1}});
        assertThat(read.spatial()).isNotNull();
        try (NpzFile npz = NpzFile.open(file)) {
            assertThat(npz.names()).containsExactly("mu", "sigma", "mu_s", "sigma_s");
        }
        new AdmReference(GAUSSIAN, null).write(file, compression);
        assertThat(AdmReference.read(file).spatial()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void unfinishedBatchLeavesTheOldFile(NpzWriter.Compression compression) throws IOException {
        Path file = batch(compression);
        byte[] old = Files.readAllBytes(file);
        try (AdmBatchWriter writer = new AdmBatchWriter(file, 3, compression)) {
            writer.add(SECOND);
            assertThatIllegalStateException().isThrownBy(writer::finish).withMessageContaining("12 bytes are missing");
            assertThatIllegalArgumentException().isThrownBy(() -> writer.add(RgbImage.of(1, 2, new byte[6])));
        }
        assertThat(files()).containsExactly(file);
        assertThat(file).hasBinaryContent(old);
    }

    @Test
    void batchHoldsAtLeastOneImage() {
        Path file = folder.resolve("a.npz");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdmBatchWriter(file, 0, NpzWriter.Compression.STORED))
                .withMessageContaining("at least 1");
        try (AdmBatchWriter writer = new AdmBatchWriter(file, 1, NpzWriter.Compression.STORED)) {
            assertThatIllegalStateException().isThrownBy(writer::finish).withMessageContaining("1 images");
        }
    }

    private Path arrays(Object... namesAndArrays) {
        Path file = folder.resolve("arrays.npz");
        try (NpzWriter npz = NpzWriter.create(file, NpzWriter.Compression.DEFLATED)) {
            for (int i = 0; i < namesAndArrays.length; i += 2) {
                npz.write((String) namesAndArrays[i], (NpyArray) namesAndArrays[i + 1]);
            }
            npz.finish();
        }
        return file;
    }

    @Test
    void otherArraysAreNotTakenForImages() {
        Path grey = arrays("arr_0", NpyArray.of(new byte[4], 1, 2, 2, 1));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmBatch.open(grey))
                .withMessageContaining("[count, height, width, 3]");
        Path floats = arrays("arr_0", NpyArray.of(new double[3], 1, 1, 1, 3));
        assertThatExceptionOfType(NpyException.class).isThrownBy(() -> AdmBatch.open(floats));
        Path empty = arrays("arr_0", NpyArray.of(new byte[0], 1, 0, 4, 3));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmBatch.open(empty))
                .withMessageContaining("4x0 pixels");
        Path huge = arrays("arr_0", NpyArray.of(new byte[0], 0, 1L << 31, 1, 3));
        assertThatExceptionOfType(NpyException.class).isThrownBy(() -> AdmBatch.open(huge));
        Path other = arrays("images", NpyArray.of(new byte[3], 1, 1, 1, 3));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmBatch.open(other))
                .withMessageContaining("no array 'arr_0', only [images]");
    }

    @Test
    void otherArraysAreNotTakenForStatistics() {
        NpyArray mean = NpyArray.of(new double[] {1, 2}, 2);
        Path oblong = arrays("mu", mean, "sigma", NpyArray.of(new double[2], 1, 2));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmReference.read(oblong))
                .withMessageContaining("[1, 2]");
        Path lopsided = arrays("mu", mean, "sigma", NpyArray.of(new double[] {1, 5, 0, 1}, 2, 2));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmReference.read(lopsided))
                .withMessageContaining("arrays.npz: 'sigma': not a covariance");
        Path large = arrays("mu", mean, "sigma", NpyArray.of(new byte[1000], 1000));
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmReference.read(large))
                .withMessageContaining("limit of 32 bytes");
        Path half = arrays("mu", mean, "sigma", NpyArray.of(new double[] {1, 0, 0, 1}, 2, 2), "mu_s", mean);
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> AdmReference.read(half))
                .withMessageContaining("sigma_s");
    }

    @ParameterizedTest
    @EnumSource
    void damageIsAlwaysAnException(NpzWriter.Compression compression) throws IOException {
        Path file = folder.resolve("whole.npz");
        new AdmReference(GAUSSIAN, null).write(file, compression);
        byte[] whole = Files.readAllBytes(file);
        Path damagedFile = folder.resolve("damaged.npz");
        Random random = new Random(5);
        int refused = 0;
        for (int round = 0; round < 400; round++) {
            byte[] damaged = round < 100 ? Arrays.copyOf(whole, round * whole.length / 100) : whole.clone();
            if (round >= 100) {
                damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                AdmReference.read(Files.write(damagedFile, damaged));
            } catch (NpyException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(150);
    }
}
