package dev.mmgen.train.prepare;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.Hdf5Samples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The mean and standard deviation of each channel of a modality's raw latents, as drawn from the autoencoder's posteriors:
 * the variance is that of the posteriors' means plus the mean of the posteriors' variances. Not thread-safe.
 */
public final class LatentStatistics {

    private final double[] sums;
    private final double[] squares;
    private final double[] spreads;
    private long positions;

    /**
     * Makes statistics of no samples.
     *
     * @param channels of a latent
     */
    public LatentStatistics(int channels) {
        this.sums = new double[channels];
        this.squares = new double[channels];
        this.spreads = new double[channels];
    }

    /**
     * Measures files of posteriors.
     *
     * @param posteriors one file, or the shards of one, per modality, in the model's order
     * @param limit   samples that are read of each at the most, spread evenly
     * @throws DataException if a file is missing or damaged, or holds something else than posteriors
     * @throws IllegalArgumentException if there are no files, or a channel does not vary
     */
    public static LatentNormalization.Statistics of(List<Path> posteriors, int limit) {
        requirePositive(limit);
        List<List<Double>> means = new ArrayList<>();
        List<List<Double>> deviations = new ArrayList<>();
        for (Path file : posteriors) {
            LatentStatistics statistics = of(file, limit);
            means.add(statistics.means());
            deviations.add(statistics.deviations());
        }
        return new LatentNormalization.Statistics(means, deviations);
    }

    /**
     * Measures the samples of a data set, such as one whose images are encoded when they are needed. Those that cannot be
     * read are left out.
     *
     * @param limit samples that are read at the most, spread evenly
     * @throws DataException if none can be read
     * @throws IllegalArgumentException if a channel does not vary
     */
    public static LatentNormalization.Statistics of(Dataset data, int limit) {
        int count = Math.min(requirePositive(limit), data.size());
        List<LatentStatistics> modalities = new ArrayList<>();
        for (int modality = 0; modality < data.shape().modalities(); modality++) {
            modalities.add(new LatentStatistics(data.shape().channels()));
        }
        DataException reason = null;
        for (int i = 0; i < count; i++) {
            try {
                List<StoredArray> posteriors =
                        data.get((int) ((long) i * data.size() / count)).posteriors();
                for (int modality = 0; modality < modalities.size(); modality++) {
                    modalities.get(modality).add(posteriors.get(modality));
                }
            } catch (DataException e) {
                reason = e;
            }
        }
        if (reason != null && modalities.getFirst().positions == 0) {
            throw new DataException(
                    "none of " + count + " samples can be read; the last: " + reason.getMessage(), reason);
        }
        return new LatentNormalization.Statistics(
                modalities.stream().map(LatentStatistics::means).toList(),
                modalities.stream().map(LatentStatistics::deviations).toList());
    }

    private static int requirePositive(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("statistics of " + limit + " samples; there must be at least 1");
        }
        return limit;
    }

    private static LatentStatistics of(Path file, int limit) {
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            List<String> keys = List.copyOf(samples.keys());
            if (keys.isEmpty()) {
                throw new DataException(file + " holds no samples");
            }
            int[] shape = samples.read(keys.getFirst()).shape();
            LatentStatistics statistics = new LatentStatistics(shape.length == 4 ? shape[0] : 1);
            int count = Math.min(limit, keys.size());
            for (int i = 0; i < count; i++) {
                String key = keys.get((int) ((long) i * keys.size() / count));
                try {
                    statistics.add(samples.read(key));
                } catch (IllegalArgumentException e) {
                    throw new DataException(file + ", sample '" + key + "': " + e.getMessage(), e);
                }
            }
            return statistics;
        }
    }

    /**
     * Adds a sample.
     *
     * @param posteriors {@code [C, h, w, 2]}: means and standard deviations
     * @throws IllegalArgumentException if it has another shape or a value is infinite or NaN
     */
    public void add(StoredArray posteriors) {
        int[] shape = posteriors.shape();
        if (shape.length != 4 || shape[0] != sums.length || shape[3] != 2) {
            throw new IllegalArgumentException("a posterior must be [" + sums.length + ", h, w, 2], not " + posteriors);
        }
        if (!posteriors.isFinite()) {
            throw new IllegalArgumentException("the posterior holds infinity or NaN");
        }
        float[] values = posteriors.values();
        int plane = shape[1] * shape[2];
        for (int channel = 0; channel < sums.length; channel++) {
            for (int i = 0; i < plane; i++) {
                int at = 2 * (channel * plane + i);
                double mean = values[at];
                double deviation = values[at + 1];
                sums[channel] += mean;
                squares[channel] += mean * mean;
                spreads[channel] += deviation * deviation;
            }
        }
        positions += plane;
    }

    /** Returns the mean of each channel; NaN without samples. */
    public List<Double> means() {
        List<Double> means = new ArrayList<>();
        for (double sum : sums) {
            means.add(sum / positions);
        }
        return means;
    }

    /** Returns the standard deviation of each channel; NaN without samples. */
    public List<Double> deviations() {
        List<Double> deviations = new ArrayList<>();
        for (int channel = 0; channel < sums.length; channel++) {
            double mean = sums[channel] / positions;
            double ofMeans = Math.max(0, squares[channel] / positions - mean * mean);
            deviations.add(Math.sqrt(ofMeans + spreads[channel] / positions));
        }
        return deviations;
    }
}
