package dev.mmgen.train.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class AutoencoderLossTest {

    private static final AutoencoderLoss ABSOLUTE =
            AutoencoderLoss.DEFAULT.withSquared(0).withEdges(0).withDivergence(0);

    /** Two images of one channel and 2 × 2 pixels; the second is of the second modality and right but for one pixel. */
    private static AutoencoderLoss.Terms terms(AutoencoderLoss loss) {
        Tensor wanted = Torch.zeros(2, 1, 2, 2);
        Tensor made = Torch.tensor(new float[] {1, 0, -1, 0.5f, 0, 0, 0, 0.4f}, 2, 1, 2, 2);
        Posterior posterior = Posterior.ofOutput(Torch.tensor(new float[] {2, 0, 0, (float) Math.log(4)}, 1, 4, 1, 1));
        return loss.compute(new ImageBatch(wanted, new int[] {0, 1}), made, posterior);
    }

    @Test
    void statisticsEqualThoseComputedByHand() {
        try (TensorScope _ = TensorScope.open()) {
            AutoencoderLoss.Terms terms =
                    terms(AutoencoderLoss.DEFAULT.withSquared(2).withEdges(4).withDivergence(0.1));
            assertThat(terms.absolute().toDoubles()).containsExactly(new double[] {0.625, 0.1}, within(1e-7));
            assertThat(terms.squared().toDoubles()).containsExactly(new double[] {2.25 / 4, 0.04}, within(1e-7));
            // Down: |-1 - 1| and |0.5 - 0|; across: |0 - 1| and |0.5 - -1|; each pair as a mean, then both.
            assertThat(terms.edges().toDoubles()).containsExactly(new double[] {1.25, 0.2}, within(1e-7));
            // Latents of mean 2 and variance 1, and of mean 0 and variance 4.
            double divergence = (4.0 / 2 + (4 - Math.log(4) - 1) / 2) / 2;
            assertThat(terms.divergence().item()).isCloseTo(divergence, within(1e-6));
            double first = 0.625 + 2 * 0.5625 + 4 * 1.25;
            double second = 0.1 + 2 * 0.04 + 4 * 0.2;
            assertThat(terms.total().item()).isCloseTo((first + second) / 2 + 0.1 * divergence, within(1e-5));
        }
    }

    @Test
    void onlyTheRatiosOfModalityWeightsMatter() {
        try (TensorScope _ = TensorScope.open()) {
            double total = terms(ABSOLUTE.withModalityWeights(List.of(3.0, 1.0)))
                    .total()
                    .item();
            assertThat(total).isCloseTo((1.5 * 0.625 + 0.5 * 0.1) / 2, within(1e-6));
            assertThat(terms(ABSOLUTE.withModalityWeights(List.of(6.0, 2.0)))
                            .total()
                            .item())
                    .isCloseTo(total, within(1e-6));
        }
    }

    @Test
    void reportSeparatesModalities() {
        try (TensorScope _ = TensorScope.open()) {
            AutoencoderStep.Loss loss = AutoencoderStep.Loss.of(terms(AutoencoderLoss.DEFAULT), new int[] {0, 2}, 3);
            assertThat(loss.perModality()).hasSize(3);
            assertThat(loss.perModality().get(0)).isCloseTo(0.625, within(1e-6));
            assertThat(loss.perModality().get(1)).isNull();
            assertThat(loss.perModality().get(2)).isCloseTo(0.1, within(1e-6));
            assertThat(loss.psnr()).isCloseTo(10 * Math.log10(4 / ((2.25 / 4 + 0.04) / 2)), within(1e-5));
        }
    }
}
