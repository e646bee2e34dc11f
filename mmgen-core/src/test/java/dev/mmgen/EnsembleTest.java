package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.geometry.NormalMap;
import dev.mmgen.geometry.RelativeDepth;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.GreyImage;
import dev.mmgen.image.PngText;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.sampling.DirectSampler;
import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several readings of a photo, merged. */
@ExtendWith(TensorLeakCheck.class)
class EnsembleTest {

    private static final int SIDE = 16;
    private static final int PLANE = SIDE * SIDE;

    private static Ensemble merge(Modality modality, List<FloatImage> readings) {
        return Ensemble.of(
                readings.stream().map(reading -> Map.of(modality, reading)).toList());
    }

    private static FloatImage grey(double[] nearness) {
        float[] values = new float[3 * PLANE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * nearness[i % PLANE] - 1);
        }
        return new FloatImage(SIDE, SIDE, values);
    }

    /** Depth at scales and shifts of its own, with noise on the right half. */
    private static List<FloatImage> depths(double[] truth, int count) {
        Random random = new Random(5);
        List<FloatImage> readings = new ArrayList<>();
        for (int reading = 0; reading < count; reading++) {
            double scale = 0.8 + 0.4 * random.nextDouble();
            double shift = 0.2 * random.nextDouble() - 0.1;
            double[] read = new double[PLANE];
            for (int i = 0; i < PLANE; i++) {
                double noise = i % SIDE < SIDE / 2 ? 0 : 0.05 * random.nextGaussian();
                read[i] = scale * (truth[i] + noise) + shift;
            }
            readings.add(grey(read));
        }
        return readings;
    }

    private static double[] slope() {
        double[] truth = new double[PLANE];
        for (int i = 0; i < PLANE; i++) {
            truth[i] = 0.2 + 0.6 * i / PLANE;
        }
        return truth;
    }

    @Test
    void depthIsAlignedBeforeItIsAveraged() {
        double[] truth = slope();
        Ensemble ensemble = merge(Modality.DEPTH, depths(truth, 10));
        float[] depth = RelativeDepth.of(ensemble.numbers().get(Modality.DEPTH)).values();
        FloatMap uncertainty = ensemble.uncertainty().get(Modality.DEPTH);
        // On the left, readings differ by scale and shift alone.
        double scale = (depth[PLANE - SIDE] - depth[0]) / (truth[PLANE - SIDE] - truth[0]);
        for (int i = 0; i < PLANE; i++) {
            if (i % SIDE < SIDE / 2) {
                assertThat((double) uncertainty.values()[i]).isLessThan(0.02);
                assertThat(depth[i] - depth[0]).isCloseTo((float) (scale * (truth[i] - truth[0])), within(0.01f));
            }
        }
        double noisy = 0;
        for (int i = 0; i < PLANE; i++) {
            noisy += i % SIDE < SIDE / 2 ? 0 : uncertainty.values()[i] / (PLANE / 2.0);
        }
        assertThat(noisy).isBetween(0.03, 0.07);
        assertThat(scale).isBetween(0.8, 1.2);
    }

    @Test
    void equalReadingsAreCertain() {
        FloatImage reading = grey(slope());
        for (Modality modality : List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION, Modality.RGB)) {
            Ensemble ensemble = merge(modality, List.of(reading, reading, reading));
            assertThat(ensemble.uncertainty().get(modality).max()).isLessThan(0.05f);
        }
        assertThat(merge(Modality.DEPTH, List.of(reading, reading))
                        .numbers()
                        .get(Modality.DEPTH)
                        .values())
                .containsExactly(reading.values(), within(1e-5f));
    }

    @Test
    void aConstantReadingDoesNotSpoilTheOthers() {
        double[] flat = new double[PLANE];
        FloatImage slope = grey(slope());
        float[] merged = merge(Modality.DEPTH, List.of(slope, grey(flat), slope))
                .numbers()
                .get(Modality.DEPTH)
                .values();
        for (float value : merged) {
            assertThat(value).isFinite();
        }
        assertThat(merged[PLANE - 1]).isGreaterThan(merged[0] + 0.5f);
    }

    @Test
    void normalsAreTheMeanDirection() {
        float[] left = new float[3 * PLANE];
        float[] right = new float[3 * PLANE];
        for (int i = 0; i < PLANE; i++) {
            left[i] = -0.5f;
            right[i] = 0.5f;
            left[2 * PLANE + i] = right[2 * PLANE + i] = (float) Math.sqrt(0.75);
        }
        Ensemble ensemble =
                merge(Modality.NORMAL, List.of(new FloatImage(SIDE, SIDE, left), new FloatImage(SIDE, SIDE, right)));
        float[] normals = NormalMap.of(ensemble.numbers().get(Modality.NORMAL)).values();
        assertThat(new float[] {normals[0], normals[1], normals[2]})
                .containsExactly(new float[] {0, 0, 1}, within(1e-6f));
        assertThat(ensemble.uncertainty().get(Modality.NORMAL).mean()).isCloseTo(30, within(1e-3));
    }

    /** A picture of two colours, split at a column. */
    private static FloatImage halves(int split, int left, int right) {
        byte[] rgb = new byte[3 * PLANE];
        for (int i = 0; i < PLANE; i++) {
            int colour = i % SIDE < split ? left : right;
            rgb[3 * i] = (byte) (colour >> 16);
            rgb[3 * i + 1] = (byte) (colour >> 8);
            rgb[3 * i + 2] = (byte) colour;
        }
        return FloatImage.of(RgbImage.of(SIDE, SIDE, rgb));
    }

    @Test
    void labelsOfAPaletteArePutToTheVote() {
        FloatImage often = halves(8, 0xff0000, 0x0000ff);
        Ensemble ensemble = merge(Modality.SEGMENTATION, List.of(halves(12, 0xff0000, 0x0000ff), often, often, often));
        assertThat(ensemble.numbers().get(Modality.SEGMENTATION).values()).isEqualTo(often.values());
        float[] others = ensemble.uncertainty().get(Modality.SEGMENTATION).values();
        assertThat(others[0]).isZero();
        assertThat(others[10]).isEqualTo(0.25f);
        assertThat(others[15]).isZero();
    }

    @Test
    void segmentsOfRandomColoursVoteByPlace() {
        Ensemble ensemble = merge(
                Modality.SEGMENTATION,
                List.of(halves(11, 0xff0000, 0x0000ff), halves(8, 0x00ff00, 0x808080), halves(8, 0xffff00, 0x00ffff)));
        assertThat(ensemble.numbers().get(Modality.SEGMENTATION).values())
                .isEqualTo(halves(8, 0xff0000, 0x0000ff).values());
        assertThat(ensemble.uncertainty().get(Modality.SEGMENTATION).values()[10])
                .isCloseTo(1 / 3f, within(1e-6f));
    }

    @Test
    void understandMergesReadings(@TempDir Path folder, @TempDir Path out) {
        int threads = Torch.threads();
        Torch.setThreads(1);
        SmallModelFolder.write(folder);
        RgbImage photo = halves(4, 0x204060, 0xd0c0a0).toRgbImage(Quantization.ROUND);
        try (MmGen mmgen = MmGen.open(folder)) {
            ImageRequestBuilder request = mmgen.understand(photo).steps(2);
            MultiModalImage merged = request.ensemble(3).run();
            assertThat(merged.uncertain())
                    .containsExactlyInAnyOrder(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION);
            assertThat(merged.uncertainty(Modality.DEPTH).max()).isPositive();
            assertThat(merged.trace()).containsEntry("Ensemble", "3");
            assertThatThrownBy(() -> merged.uncertainty(Modality.RGB))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("'rgb'");
            // The readings are those that are numbered so without merging.
            List<MultiModalImage> readings = request.ensemble(1).count(3).runAll();
            Ensemble again = Ensemble.of(readings.stream()
                    .map(reading -> Map.of(Modality.DEPTH, reading.numbers(Modality.DEPTH)))
                    .toList());
            assertThat(merged.numbers(Modality.DEPTH).values())
                    .containsExactly(again.numbers().get(Modality.DEPTH).values(), within(1e-3f));
            List<MultiModalImage> two = request.ensemble(3).count(2).runAll();
            assertThat(two.get(1)).isNotEqualTo(two.get(0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mmgen.generate().ensemble(2).build())
                    .withMessageContaining("the photo is not given");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> request.ensemble(0))
                    .withMessageContaining("ensemble is 0");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> request.ensemble(3)
                            .sampler(new DirectSampler())
                            .steps(1)
                            .build())
                    .withMessageContaining("taught to read without noise");

            merged.write(out, "room");
            merged.writeRaw(out, "room", RawFormat.NPY);
            FloatMap depth = merged.uncertainty(Modality.DEPTH);
            assertThat(NpyArray.read(out.resolve("room.depth.uncertainty.npy")))
                    .isEqualTo(NpyArray.of(depth.values(), depth.height(), depth.width()));
            Path picture = out.resolve("room.depth.uncertainty.png");
            assertThat(GreyImage.read(picture).levels()).contains(65_535);
            assertThat(PngText.read(picture)).containsEntry("White", Float.toString(depth.max()));
        } finally {
            Torch.setThreads(threads);
        }
    }
}
