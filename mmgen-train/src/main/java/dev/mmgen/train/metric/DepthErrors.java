package dev.mmgen.train.metric;

import static dev.mmgen.train.metric.MetricTable.higher;
import static dev.mmgen.train.metric.MetricTable.lower;

/**
 * The errors of predicted depths p against the truth g, over the pixels of an image or as the mean over images.
 *
 * @param absRel mean of {@code |p − g| / g}
 * @param delta1 share of pixels with {@code max(p/g, g/p) < 1.25}, 0 to 1
 * @param delta2 share under 1.25²
 * @param delta3 share under 1.25³
 * @param rmse   root of the mean of {@code (p − g)²}, in the truth's unit
 * @param log10  mean of {@code |log₁₀ p − log₁₀ g|}
 * @param siLog  100 × the standard deviation of {@code ln p − ln g}, which a common scale does not change
 */
public record DepthErrors(
        double absRel, double delta1, double delta2, double delta3, double rmse, double log10, double siLog) {

    static final DepthErrors ZERO = new DepthErrors(0, 0, 0, 0, 0, 0, 0);
    static final DepthErrors NONE = ZERO.times(Double.NaN);

    /**
     * Compares depth by depth.
     *
     * @param predicted positive depths, at least one
     * @param truth     as many positive depths
     */
    static DepthErrors of(double[] predicted, double[] truth) {
        DepthErrors sum = ZERO;
        double logSum = 0;
        double[] logs = new double[truth.length];
        for (int i = 0; i < truth.length; i++) {
            double difference = predicted[i] - truth[i];
            logs[i] = Math.log(predicted[i]) - Math.log(truth[i]);
            logSum += logs[i];
            double ratio = Math.max(predicted[i] / truth[i], truth[i] / predicted[i]);
            sum = sum.plus(new DepthErrors(
                    Math.abs(difference) / truth[i],
                    ratio < 1.25 ? 1 : 0,
                    ratio < 1.25 * 1.25 ? 1 : 0,
                    ratio < 1.25 * 1.25 * 1.25 ? 1 : 0,
                    difference * difference,
                    Math.abs(logs[i]) / Math.log(10),
                    0));
        }
        DepthErrors mean = sum.times(1.0 / truth.length);
        double logMean = logSum / truth.length;
        double logVariance = 0;
        for (double log : logs) {
            logVariance += (log - logMean) * (log - logMean) / truth.length;
        }
        return new DepthErrors(
                mean.absRel,
                mean.delta1,
                mean.delta2,
                mean.delta3,
                Math.sqrt(mean.rmse),
                mean.log10,
                100 * Math.sqrt(logVariance));
    }

    DepthErrors plus(DepthErrors other) {
        return new DepthErrors(
                absRel + other.absRel,
                delta1 + other.delta1,
                delta2 + other.delta2,
                delta3 + other.delta3,
                rmse + other.rmse,
                log10 + other.log10,
                siLog + other.siLog);
    }

    DepthErrors times(double factor) {
        return new DepthErrors(
                absRel * factor,
                delta1 * factor,
                delta2 * factor,
                delta3 * factor,
                rmse * factor,
                log10 * factor,
                siLog * factor);
    }

    /** Returns the seven figures as rows. */
    public MetricTable table() {
        return MetricTable.of(
                lower("depth AbsRel", absRel, ""),
                higher("depth δ1", delta1, ""),
                higher("depth δ2", delta2, ""),
                higher("depth δ3", delta3, ""),
                lower("depth RMSE", rmse, ""),
                lower("depth log10", log10, ""),
                lower("depth SILog", siLog, ""));
    }
}
