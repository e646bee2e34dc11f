package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class NoiseSourceTest {

    private static final Shape PAIR = Shape.of(2, 4, 3, 3);

    @Test
    void oneStreamDrawsWhatManualSeedDraws() {
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.oneStream(42);
                Generator generator = Generator.seeded(42)) {
            assertThat(noise.normal(DType.FLOAT32, PAIR).toFloats())
                    .containsExactly(
                            Torch.randn(generator, DType.FLOAT32, 2, 4, 3, 3).toFloats());
            assertThat(noise.normal(DType.FLOAT64, PAIR).toDoubles())
                    .containsExactly(
                            Torch.randn(generator, DType.FLOAT64, 2, 4, 3, 3).toDoubles());
        }
    }

    @Test
    void aSamplesDrawsDoNotDependOnItsBatch() {
        try (TensorScope _ = TensorScope.open();
                NoiseSource batch = NoiseSource.perSample(7, 10);
                NoiseSource alone = NoiseSource.perSample(7, 11)) {
            for (int draw = 0; draw < 2; draw++) {
                Tensor second = batch.normal(DType.FLOAT64, PAIR).slice(0, 1, 2);
                assertThat(alone.normal(DType.FLOAT64, Shape.of(1, 4, 3, 3)).toDoubles())
                        .containsExactly(second.toDoubles());
            }
        }
    }

    @Test
    void joinedSourcesDrawForTheirOwnSamples() {
        try (TensorScope _ = TensorScope.open();
                NoiseSource joined = NoiseSource.joined(List.of(
                        new NoiseSource.Share(NoiseSource.perSample(7, 3), 1),
                        new NoiseSource.Share(NoiseSource.perSample(8, 0), 2)));
                NoiseSource one = NoiseSource.perSample(7, 3);
                NoiseSource two = NoiseSource.perSample(8, 0)) {
            for (int draw = 0; draw < 2; draw++) {
                Tensor all = joined.normal(DType.FLOAT64, Shape.of(3, 4, 3, 3));
                assertThat(all.slice(0, 0, 1).toDoubles())
                        .containsExactly(
                                one.normal(DType.FLOAT64, Shape.of(1, 4, 3, 3)).toDoubles());
                assertThat(all.slice(0, 1, 3).toDoubles())
                        .containsExactly(two.normal(DType.FLOAT64, PAIR).toDoubles());
            }
            assertThatThrownBy(() -> joined.normal(DType.FLOAT64, PAIR)).hasMessageContaining("3 samples");
        }
    }

    @Test
    void streamsOfOneSeedAndOfNeighbouringSeedsDiffer() {
        assertThat(LongStream.range(0, 100_000)
                        .map(index -> PerSampleNoise.streamSeed(3, index))
                        .distinct()
                        .count())
                .isEqualTo(100_000);
        assertThat(LongStream.range(0, 100_000)
                        .map(seed -> PerSampleNoise.streamSeed(seed, 0))
                        .distinct()
                        .count())
                .isEqualTo(100_000);
        assertThat(PerSampleNoise.streamSeed(0, 1)).isNotEqualTo(PerSampleNoise.streamSeed(1, 0));
        assertThat(PerSampleNoise.streamSeed(1L << 32, 0)).isNotEqualTo(PerSampleNoise.streamSeed(0, 0));
    }

    @Test
    void indicesCountFromZero() {
        assertThatThrownBy(() -> NoiseSource.perSample(0, -1)).hasMessageContaining("-1");
    }
}
