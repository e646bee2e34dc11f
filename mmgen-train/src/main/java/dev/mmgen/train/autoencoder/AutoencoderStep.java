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

        /**
         * Returns the numbers in one row: the five of the batch; of each modality the error, NaN for none; of each the images.
         *
         * @param modalities of the images that this is the loss of
         */
        double[] toRow(int[] modalities) {
            int count = perModality.size();
            double[] row = new double[5 + 2 * count];
            row[0] = total;
            row[1] = absolute;
            row[2] = squared;
            row[3] = edges;
            row[4] = divergence;
            for (int m = 0; m < count; m++) {
                Double error = perModality.get(m);
                row[5 + m] = error == null ? 0 : error;
            }
            for (int modality : modalities) {
                row[5 + count + modality]++;
            }
            return row;
        }

        /** Returns the loss of a batch from those of its equal parts, see {@link #toRow}. */
        static Loss mean(List<double[]> rows) {
            boolean whole = rows.size() == 1;
            int count = (rows.getFirst().length - 5) / 2;
            double[] mean = new double[5];
            for (int i = 0; i < mean.length; i++) {
                int place = i;
                mean[i] = rows.stream().mapToDouble(row -> row[place]).sum() / rows.size();
            }
            List<@Nullable Double> perModality = new ArrayList<>();
            for (int m = 0; m < count; m++) {
                int place = 5 + m;
                double images =
                        rows.stream().mapToDouble(row -> row[place + count]).sum();
                double sum = rows.stream()
                        .mapToDouble(row -> row[place] * row[place + count])
                        .sum();
                double error = whole ? rows.getFirst()[place] : sum / images;
                perModality.add(images == 0 ? null : error);
            }
            return new Loss(mean[0], mean[1], mean[2], mean[3], mean[4], perModality);
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
