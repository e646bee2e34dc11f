package dev.mmgen.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.SampleWriter;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatentStatisticsTest {

    @TempDir
    private Path folder;

    /** Two channels of 1×2; mean, deviation, mean, deviation of one, then of the other. */
    private static StoredArray posteriors(float... values) {
        return StoredArray.of(values, 2, 1, 2, 2);
    }

    private Path write(String name, StoredArray... samples) {
        try (SampleWriter writer = SampleWriter.open(folder.resolve(name))) {
            for (int i = 0; i < samples.length; i++) {
                writer.write("c/" + i, samples[i]);
            }
            writer.finish();
        }
        return folder.resolve(name);
    }

    @Test
    void varianceIsThatOfMeansAndThatOfPosteriorsTogether() {
        Path rgb = write("rgb.h5", posteriors(1, 2, 3, 4, 10, 0, 10, 0), posteriors(5, 2, 7, 4, 14, 0, 14, 0));
        Path depth = write("depth.h5", posteriors(0, 1, 0, 1, -1, 0.5f, 1, 0.5f));
        LatentNormalization.Statistics statistics = LatentStatistics.of(List.of(rgb, depth), 100);
        assertThat(statistics.means()).containsExactly(List.of(4.0, 12.0), List.of(0.0, 0.0));
        // means 1, 3, 5, 7 vary by 5, variances 4, 16, 4, 16 are 10 on average; means 10, 10, 14, 14 vary by 4
        assertThat(statistics.deviations().get(0)).containsExactly(Math.sqrt(15), 2.0);
        assertThat(statistics.deviations().get(1)).containsExactly(1.0, Math.sqrt(1.25));
    }

    @Test
    void limitedStatisticsReadSamplesSpreadOverTheFile() {
        StoredArray[] samples = new StoredArray[6];
        for (int i = 0; i < 6; i++) {
            samples[i] = posteriors(i, 1, i, 1, -i, 1, -i, 1);
        }
        Path rgb = write("rgb.h5", samples);
        LatentNormalization.Statistics of = LatentStatistics.of(List.of(rgb), 3);
        assertThat(of.means().getFirst()).containsExactly(2.0, -2.0);
        assertThat(of.deviations().getFirst().getFirst()).isCloseTo(Math.sqrt(8.0 / 3 + 1), Offset.offset(1e-12));
        assertThat(LatentStatistics.of(List.of(rgb), 6).means().getFirst()).containsExactly(2.5, -2.5);
    }

    @Test
    void unusableFileIsNamed() {
        Path rgb = write("rgb.h5", posteriors(1, 0, 1, 0, 2, 1, 3, 1));
        Path wide = write("wide.h5", posteriors(1, 1, 1, 1, 1, 1, 1, 1), StoredArray.of(new float[4], 2, 1, 1, 2));
        Path tokens = write("dino.h5", StoredArray.of(new float[4], 2, 2));
        Path empty = write("empty.h5");
        assertThatThrownBy(() -> LatentStatistics.of(List.of(rgb), 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deviations of latents must be positive");
        assertThat(LatentStatistics.of(List.of(wide), 9).means().getFirst()).containsExactly(2.0 / 3, 2.0 / 3);
        assertThatThrownBy(() -> LatentStatistics.of(List.of(tokens), 9))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("dino.h5, sample 'c/0'")
                .hasMessageContaining("not StoredArray[2, 2]");
        assertThatThrownBy(() -> LatentStatistics.of(List.of(empty), 9))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("empty.h5 holds no samples");
        assertThatThrownBy(() -> LatentStatistics.of(List.of(folder.resolve("none.h5")), 9))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.h5");
        assertThatThrownBy(() -> new LatentStatistics(2).add(posteriors(Float.NaN, 1, 1, 1, 1, 1, 1, 1)))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> LatentStatistics.of(List.of(rgb), 0)).hasMessageContaining("at least 1");
    }
}
