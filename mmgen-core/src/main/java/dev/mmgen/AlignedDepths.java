package dev.mmgen;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import java.util.Arrays;
import java.util.List;

/**
 * Readings of relative depth, each brought to the others by a scale and a shift of its own, since a reading tells depth only up to
 * these (Ke et al., arXiv 2312.02145, section 3.4). There, scales and shifts come from a descent on all pairs of readings; the same
 * sum of squares is at its minimum where every reading fits the mean of all, which a few rounds of least squares find.
 */
final class AlignedDepths {

    private static final int ROUNDS = 8;

    /** A reading that fits the others by a scale beyond this factor does not show what they show; it is only shifted. */
    private static final double LARGEST_SCALE = 2;

    private final double[][] readings;
    private final double[][] aligned;

    private AlignedDepths(List<FloatImage> readings) {
        this.readings = readings.stream().map(AlignedDepths::nearness).toArray(double[][]::new);
        this.aligned = Arrays.stream(this.readings).map(double[]::clone).toArray(double[][]::new);
    }

    /**
     * Returns the mean of the aligned readings, in the mean of their units, and as uncertainty the standard deviation in parts of
     * the range from far (0) to near (1).
     */
    static Ensemble.Merged merge(List<FloatImage> pictures) {
        AlignedDepths depths = new AlignedDepths(pictures);
        for (int round = 0; round < ROUNDS; round++) {
            depths.align();
        }
        double[] mean = depths.mean();
        int plane = mean.length;
        float[] merged = new float[3 * plane];
        float[] deviations = new float[plane];
        for (int i = 0; i < plane; i++) {
            double sum = 0;
            for (double[] reading : depths.aligned) {
                sum += (reading[i] - mean[i]) * (reading[i] - mean[i]);
            }
            deviations[i] = (float) Math.sqrt(sum / pictures.size());
            float level = (float) (2 * mean[i] - 1);
            for (int channel = i; channel < merged.length; channel += plane) {
                merged[channel] = level;
            }
        }
        FloatImage first = pictures.getFirst();
        return new Ensemble.Merged(
                new FloatImage(first.width(), first.height(), merged),
                new FloatMap(first.width(), first.height(), deviations));
    }

    /** The mean of the channels, from 0 (far) to 1 (near), not clamped. */
    private static double[] nearness(FloatImage picture) {
        float[] values = picture.values();
        double[] nearness = new double[values.length / 3];
        for (int i = 0; i < values.length; i++) {
            nearness[i % nearness.length] += (values[i] + 1) / 6.0;
        }
        return nearness;
    }

    private double[] mean() {
        double[] mean = new double[aligned[0].length];
        for (double[] reading : aligned) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += reading[i] / aligned.length;
            }
        }
        return mean;
    }

    /** Fits every reading to the mean of all. The mean scale stays 1 and the mean shift 0: otherwise all would shrink to nothing. */
    private void align() {
        double[] mean = mean();
        double[] scales = new double[readings.length];
        double[] shifts = new double[readings.length];
        for (int i = 0; i < readings.length; i++) {
            LineFit.Line line = line(readings[i], mean);
            scales[i] = line.scale();
            shifts[i] = line.shift();
        }
        double scale = Arrays.stream(scales).average().orElseThrow();
        double shift = Arrays.stream(shifts).average().orElseThrow();
        for (int i = 0; i < readings.length; i++) {
            for (int pixel = 0; pixel < mean.length; pixel++) {
                aligned[i][pixel] = (scales[i] * readings[i][pixel] + shifts[i] - shift) / scale;
            }
        }
    }

    private static LineFit.Line line(double[] reading, double[] target) {
        LineFit fit = new LineFit();
        for (int i = 0; i < reading.length; i++) {
            fit.add(reading[i], target[i]);
        }
        return fit.line(LARGEST_SCALE);
    }
}
