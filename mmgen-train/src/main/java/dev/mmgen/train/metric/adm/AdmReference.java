package dev.mmgen.train.metric.adm;

import dev.mmgen.npy.NpyArray;
import dev.mmgen.npy.NpyException;
import dev.mmgen.npy.NpzFile;
import dev.mmgen.npy.NpzWriter;
import dev.mmgen.train.metric.distribution.FeatureGaussian;
import dev.mmgen.train.metric.distribution.FeatureStatistics;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statistics of a reference set as ADM's evaluation and pytorch-fid store them: an {@code .npz} file of {@code mu},
 * {@code sigma} and, for sFID, {@code mu_s}, {@code sigma_s}.
 *
 * @param pooled  of one row of features an image
 * @param spatial of spatial features; null if there are none
 */
public record AdmReference(FeatureGaussian pooled, @Nullable FeatureGaussian spatial) {

    /**
     * Reads statistics; other arrays in the file, such as images, are left alone.
     *
     * @throws NpyException if the file is missing or damaged, or its arrays are not a mean and its covariance
     */
    public static AdmReference read(Path file) {
        try (NpzFile npz = NpzFile.open(file)) {
            boolean withSpatial = npz.names().contains("mu_s");
            return new AdmReference(read(npz, "mu", "sigma"), withSpatial ? read(npz, "mu_s", "sigma_s") : null);
        }
    }

    private static FeatureGaussian read(NpzFile npz, String meanName, String covarianceName) {
        NpyArray mean = npz.read(meanName, Double.BYTES * (long) FeatureStatistics.MAX_WIDTH);
        double[] means = mean.toDoubles();
        long width = means.length;
        NpyArray covariance = npz.read(covarianceName, Double.BYTES * width * width);
        if (!mean.shape().equals(List.of(width)) || !covariance.shape().equals(List.of(width, width))) {
            throw new NpyException(
                    npz.file(),
                    "'" + meanName + "' of shape " + mean.shape() + " and '" + covarianceName + "' of shape "
                            + covariance.shape() + " are not a mean and its covariance");
        }
        double[] entries = covariance.toDoubles();
        double[][] rows = new double[means.length][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(entries, i * means.length, (i + 1) * means.length));
        try {
            return FeatureGaussian.of(means, rows);
        } catch (IllegalArgumentException e) {
            throw new NpyException(npz.file(), "'" + covarianceName + "': " + e.getMessage(), e);
        }
    }

    /**
     * Writes the statistics as float64. The file appears whole or not at all; missing folders are made.
     *
     * @throws NpyException if the file cannot be written; one that was there before is left as it was
     */
    public void write(Path file, NpzWriter.Compression compression) {
        try (NpzWriter npz = NpzWriter.create(file, compression)) {
            write(npz, "mu", "sigma", pooled);
            if (spatial != null) {
                write(npz, "mu_s", "sigma_s", spatial);
            }
            npz.finish();
        }
    }

    private static void write(NpzWriter npz, String meanName, String covarianceName, FeatureGaussian gaussian) {
        int width = gaussian.width();
        double[][] covariance = gaussian.covariance();
        double[] entries = new double[Math.multiplyExact(width, width)];
        Arrays.setAll(entries, i -> covariance[i / width][i % width]);
        npz.write(meanName, NpyArray.of(gaussian.mean(), width));
        npz.write(covarianceName, NpyArray.of(entries, width, width));
    }
}
