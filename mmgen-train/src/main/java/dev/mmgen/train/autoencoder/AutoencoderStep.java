package dev.mmgen.train.autoencoder;

import dev.mmgen.train.StepTimes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The report of a step of an {@link AutoencoderTrainer}.
 *
 * @param step         its number; 1 is the first
 * @param loss         before the step
 * @param gradientNorm before clipping
 * @param learningRate of this step
 * @param times        of its parts
 */
public record AutoencoderStep(long step, Loss loss, double gradientNorm, double learningRate, StepTimes times) {

    /**
     * The loss of a batch as numbers.
     *
     * @param total       that was minimised
     * @param absolute    mean absolute error
     * @param squared     mean squared error
     * @param edges       mean absolute error of differences between neighbouring pixels
     * @param divergence  nats per latent
     * @param perModality mean absolute error by modality; null for those of which the batch had no image
     */
    public record Loss(
            double total,
            double absolute,
            double squared,
            double edges,
            double divergence,
            List<@Nullable Double> perModality) {

        static Loss of(AutoencoderLoss.Terms terms, int[] modalities, int count) {
            return new Loss(
                    terms.total().item(),
                    terms.absolute().mean().item(),
                    terms.squared().mean().item(),
                    terms.edges().mean().item(),
                    terms.divergence().item(),
                    perModality(terms.absolute().toDoubles(), modalities, count));
        }

        private static List<@Nullable Double> perModality(double[] errors, int[] modalities, int count) {
            double[] sums = new double[count];
            int[] images = new int[count];
            for (int i = 0; i < errors.length; i++) {
                sums[modalities[i]] += errors[i];
                images[modalities[i]]++;
            }
            List<@Nullable Double> means = new ArrayList<>();
            for (int m = 0; m < count; m++) {
                means.add(images[m] == 0 ? null : sums[m] / images[m]);
            }
            return means;
        }

        boolean isFinite() {
            return Double.isFinite(total);
        }

        /** Returns the peak signal-to-noise ratio of the batch in dB, for values from -1 to 1. */
        public double psnr() {
            return ReconstructionReport.psnr(squared);
        }
    }
}
