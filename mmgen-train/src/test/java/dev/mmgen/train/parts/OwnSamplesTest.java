package dev.mmgen.train.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.LoadedBatches;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.DataLoader;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.PosteriorBatch;
import dev.mmgen.train.data.Sample;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.random.SeededDraws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Samples made in memory, by a source that only this test knows. */
@ExtendWith(TensorLeakCheck.class)
class OwnSamplesTest {

    private static final SampleShape SHAPE = SampleShape.of(2, 3, 4, 4).withFeatures(4, 5);

    /** Latents whose mean is the class plus the modality's number, of deviation 0; the features are the class. */
    private static final class Levels implements SampleSource {

        private boolean closed;

        @Override
        public Sample read(IndexEntry entry, SampleShape shape) {
            List<StoredArray> posteriors = new ArrayList<>();
            for (int modality = 0; modality < shape.modalities(); modality++) {
                posteriors.add(posterior(shape, entry.label() + modality));
            }
            float[] features = new float[shape.tokens() * shape.featureWidth()];
            Arrays.fill(features, entry.label());
            return new Sample(entry, posteriors, StoredArray.of(features, shape.tokens(), shape.featureWidth()));
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static StoredArray posterior(SampleShape shape, float mean) {
        float[] values = new float[shape.channels() * shape.height() * shape.width() * 2];
        for (int i = 0; i < values.length; i += 2) {
            values[i] = mean;
        }
        return StoredArray.of(values, shape.channels(), shape.height(), shape.width(), 2);
    }

    /** Does what a test asks for in place of reading. */
    private record Misbehaving(BiFunction<IndexEntry, SampleShape, @Nullable Sample> reading) implements SampleSource {
        @Override
        @SuppressWarnings("NullAway")
        public Sample read(IndexEntry entry, SampleShape shape) {
            return reading.apply(entry, shape);
        }

        @Override
        public void close() {}
    }

    private static JsonlIndex index(int size) {
        return JsonlIndex.of(IntStream.range(0, size)
                .mapToObj(i -> new IndexEntry("level", i, "sample-" + i, Map.of()))
                .toList());
    }

    @Test
    void batchesHoldTheSamplesThatTheSourceMakes() {
        Levels source = new Levels();
        try (Dataset data = new Dataset(index(6), source, SHAPE);
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(2).withShuffle(false))) {
            for (int begin = 0; begin < 6; begin += 2) {
                try (PosteriorBatch batch = loader.next()) {
                    assertThat(batch.labels().toLongs()).containsExactly(begin, begin + 1);
                    assertThat(batch.posteriors().shape().toArray()).containsExactly(2, 6, 4, 4, 2);
                    float[] values = batch.posteriors().toFloats();
                    assertThat(values[0]).isEqualTo(begin);
                    assertThat(values[values.length / 4]).as("second modality").isEqualTo(begin + 1);
                    assertThat(batch.features()).isNotNull();
                }
            }
        }
        assertThat(source.closed).isTrue();
    }

    @Test
    void sourceThatBreaksItsContractIsNamedWithItsClass() {
        assertNamed((_, _) -> null, "null");
        assertNamed((entry, shape) -> new Sample(entry, List.of(posterior(shape, 0)), null), "1 posteriors");
        assertNamed(
                (entry, shape) -> new Sample(entry, List.of(posterior(shape, 0), posterior(shape, 0)), null),
                "features");
        assertNamed(
                (entry, shape) ->
                        new Sample(entry, List.of(posterior(shape, 0), StoredArray.of(new float[2], 2)), null),
                "posterior 2 has the shape [2]");
        assertNamed(
                (_, shape) -> new Levels().read(new IndexEntry("a", 0, "other", Map.of()), shape), "sample 'other'");
        assertNamed(
                (_, _) -> {
                    throw new UnsupportedOperationException("not today");
                },
                "not today");
    }

    private static void assertNamed(BiFunction<IndexEntry, SampleShape, @Nullable Sample> reading, String fault) {
        try (Dataset data = new Dataset(index(4), new Misbehaving(reading), SHAPE);
                DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(2))) {
            assertThatIllegalStateException()
                    .isThrownBy(loader::next)
                    .withMessageContaining(Misbehaving.class.getName())
                    .withMessageContaining("sample-")
                    .withMessageContaining(fault);
        }
    }

    @Test
    void sampleWithNanIsLeftOutAndCounted() {
        SampleSource source = new Misbehaving((entry, shape) -> entry.label() == 1
                ? new Sample(entry, List.of(posterior(shape, 0), posterior(shape, Float.NaN)), null)
                : new Levels().read(entry, shape));
        try (Dataset data = new Dataset(index(2), source, SHAPE.withoutFeatures());
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(2).inOrder())) {
            try (PosteriorBatch batch = loader.next()) {
                assertThat(batch.labels().toLongs()).containsExactly(0);
            }
            assertThat(loader.badSamples()).containsOnlyKeys("sample-1");
            assertThat(loader.badSamples().get("sample-1"))
                    .contains("posterior 2")
                    .contains("NaN");
        }
    }

    @Test
    void faultOfAllSamplesShowsBeforeTraining() {
        SampleSource source = new Misbehaving((_, _) -> {
            throw new DataException("the camera is off");
        });
        try (Dataset data = new Dataset(index(3), source, SHAPE)) {
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> data.requireReadable(100))
                    .withMessageContaining("the camera is off");
        }
    }

    @Test
    @Timeout(30)
    void sourceThatLeavesItsThreadInterruptedDelivers() {
        SampleSource source = new Misbehaving((entry, shape) -> {
            Thread.currentThread().interrupt();
            return new Levels().read(entry, shape);
        });
        try (Dataset data = new Dataset(index(4), source, SHAPE);
                DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(2))) {
            for (int i = 0; i < 4; i++) {
                try (PosteriorBatch batch = loader.next()) {
                    assertThat(batch.size()).isEqualTo(2);
                }
            }
        }
    }

    @Test
    @Timeout(30)
    void closingEndsASourceThatBlocks() throws InterruptedException {
        CountDownLatch reading = new CountDownLatch(1);
        SampleSource source = new Misbehaving((_, _) -> {
            reading.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return null;
        });
        try (Dataset data = new Dataset(index(4), source, SHAPE)) {
            DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(2));
            reading.await();
            loader.close();
            assertThatIllegalStateException().isThrownBy(loader::next).withMessageContaining("closed");
        }
    }

    @Test
    void errorInASourceIsNamed() {
        SampleSource source = new Misbehaving((_, _) -> {
            throw new AssertionError("no film");
        });
        try (Dataset data = new Dataset(index(4), source, SHAPE);
                DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(2))) {
            assertThatIllegalStateException()
                    .isThrownBy(loader::next)
                    .withMessageContaining(Misbehaving.class.getName() + " failed in read")
                    .withMessageContaining("no film");
        }
    }

    @Test
    void negativeDeviationIsABadSample() {
        SampleSource source = new Misbehaving((entry, shape) -> {
            StoredArray negative = posterior(shape, 0);
            negative.values()[1] = -1;
            return new Sample(entry, List.of(posterior(shape, 0), negative), null);
        });
        try (Dataset data = new Dataset(index(2), source, SHAPE.withoutFeatures())) {
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(() -> data.get(0))
                    .withMessageContaining("posterior 2: the deviation, value number 1, is -1.0");
        }
    }

    /** A normalization that does what a test asks for. */
    private record Normalization(UnaryOperator<Tensor> change) implements LatentNormalization {
        @Override
        public Tensor normalise(Tensor raw, int modality) {
            return change.apply(raw);
        }

        @Override
        public Tensor restore(Tensor latents, int modality) {
            return change.apply(latents);
        }

        @Override
        public void requireFit(int modalities, int channels) {}
    }

    static Stream<Arguments> normalizations() {
        return Stream.of(
                normalization("not finite", raw -> raw.mul(Double.NaN)),
                normalization("a tensor of float64", raw -> raw.to(DType.FLOAT64)),
                normalization("a tensor of shape [1, 1, 4, 4]", _ -> Torch.ones(1, 1, 4, 4)),
                normalization("failed in normalise", _ -> {
                    throw new IllegalStateException("late");
                }));
    }

    private static Arguments normalization(String fault, UnaryOperator<Tensor> change) {
        return Arguments.of(fault, new Normalization(change));
    }

    @ParameterizedTest
    @MethodSource("normalizations")
    void normalizationIsNamedInTraining(String fault, LatentNormalization normalization) {
        try (Dataset data = new Dataset(index(4), new Levels(), SHAPE);
                LoadedBatches batches = new LoadedBatches(data, LoaderConfig.ofBatch(2), normalization);
                SeededDraws draws = SeededDraws.ofStep(1, 1)) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> batches.next(draws))
                    .withMessageContainingAll("the latent normalization " + Normalization.class.getName(), fault);
        }
    }
}
