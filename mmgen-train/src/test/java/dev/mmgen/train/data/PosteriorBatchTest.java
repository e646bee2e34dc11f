package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.LoadedBatches;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PosteriorBatchTest {

    private static final SampleShape SHAPE = SampleShape.of(2, 3, 4, 5);
    private static final int ELEMENTS = 3 * 4 * 5;

    private final Random random = new Random(7);

    private float[] numbers(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() * 3;
        }
        return values;
    }

    private Sample sample() {
        return new Sample(
                new IndexEntry("c", 0, "c/0.png", Map.of()),
                List.of(
                        StoredArray.of(numbers(2 * ELEMENTS), 3, 4, 5, 2),
                        StoredArray.of(numbers(2 * ELEMENTS), 3, 4, 5, 2)),
                null);
    }

    private static float drawn(Sample sample, int modality, int element, float noise) {
        float[] posteriors = sample.posteriors().get(modality).values();
        return posteriors[2 * element] + posteriors[2 * element + 1] * noise;
    }

    /** Every operation of the reference is one of single precision, in its order. */
    @Test
    void latentsAreScaledBitForBitAsInTheReference() {
        Sample sample = sample();
        float[] noise = numbers(ELEMENTS);
        try (TensorScope _ = TensorScope.open();
                PosteriorBatch batch = PosteriorBatch.of(LoaderPosition.START, List.of(sample), SHAPE)) {
            float[] latents = batch.sampleLatents(
                            LatentNormalization.STABLE_DIFFUSION, sizes -> Torch.tensor(noise, sizes))
                    .toFloats();
            for (int i = 0; i < latents.length; i++) {
                int element = i % ELEMENTS;
                assertThat(latents[i]).isEqualTo(drawn(sample, i / ELEMENTS, element, noise[element]) * 0.18215f);
            }
        }
    }

    @Test
    void latentsAreNormalisedByTheStatisticsOfTheirModality() {
        Sample sample = sample();
        float[] noise = numbers(ELEMENTS);
        LatentNormalization statistics = new LatentNormalization.Statistics(
                List.of(List.of(1.0, 2.0, 3.0), List.of(-1.0, 0.0, 1.0)),
                List.of(List.of(0.5, 0.25, 2.0), List.of(1.0, 3.0, 4.0)));
        float[] means = {1, 2, 3, -1, 0, 1};
        float[] deviations = {0.5f, 0.25f, 2, 1, 3, 4};
        try (TensorScope _ = TensorScope.open();
                PosteriorBatch batch = PosteriorBatch.of(LoaderPosition.START, List.of(sample), SHAPE)) {
            float[] latents = batch.sampleLatents(statistics, sizes -> Torch.tensor(noise, sizes))
                    .toFloats();
            for (int i = 0; i < latents.length; i++) {
                int element = i % ELEMENTS;
                int channel = i / (4 * 5);
                assertThat(latents[i])
                        .isEqualTo((drawn(sample, i / ELEMENTS, element, noise[element]) - means[channel])
                                / deviations[channel]);
            }
        }
    }

    @Test
    void statisticsOfOtherDataAreRefusedBeforeReading() {
        LatentNormalization other = new LatentNormalization.Statistics(List.of(List.of(0.0)), List.of(List.of(1.0)));
        JsonlIndex index = JsonlIndex.of(List.of(sample().entry()));
        try (Dataset data = new Dataset(
                index, new ImageSource(List.of("rgb", "depth"), _ -> StoredArray.of(new float[0], 0), null), SHAPE)) {
            assertThatThrownBy(() -> new LoadedBatches(data, LoaderConfig.ofBatch(1), other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "statistics of 1 modalities with 1 latent channels each, but the model has 2 with 3");
        }
    }
}
