package dev.mmgen.train.metric;

import static dev.mmgen.train.metric.MetricTable.higher;
import static dev.mmgen.train.metric.MetricTable.lower;

import java.util.ArrayList;
import java.util.List;

/**
 * Angles between predicted and true normals, in degrees.
 *
 * @param mean   their mean
 * @param median their median
 * @param rmse   the root of their mean square
 * @param shares the share of pixels under each of {@link NormalMetrics#THRESHOLDS}, 0 to 1
 * @param pixels how many pixels counted; if none, every figure is NaN
 */
public record NormalScore(double mean, double median, double rmse, List<Double> shares, long pixels) {

    public NormalScore {
        shares = List.copyOf(shares);
    }

    /** Returns the figures as rows, shares in percent. */
    public MetricTable table() {
        List<MetricTable.Row> rows = new ArrayList<>(List.of(
                lower("normal mean", mean, "°"), lower("normal median", median, "°"), lower("normal RMSE", rmse, "°")));
        for (int i = 0; i < shares.size(); i++) {
            String threshold = Double.toString(NormalMetrics.THRESHOLDS.get(i)).replaceAll("\\.0$", "");
            rows.add(higher("normal < " + threshold + "°", 100 * shares.get(i), "%"));
        }
        return new MetricTable(rows);
    }
}
