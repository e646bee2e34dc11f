package dev.mmgen.shapes.evaluation;

import dev.mmgen.image.RgbImage;
import dev.mmgen.sampling.EulerMaruyama;
import java.awt.Color;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The plot of quality over the number of model evaluations: a chart for each figure, a line for each sampler. The stochastic
 * sampler, if measured once, is a horizontal line to compare with.
 */
public record SamplerPlot(SamplerComparison comparison) {

    private static final int WIDTH = 460;
    private static final int HEIGHT = 360;

    /**
     * Draws the charts side by side.
     *
     * @throws IllegalArgumentException if nothing was measured
     */
    public RgbImage draw() {
        List<RgbImage> charts = new ArrayList<>();
        for (String figure : comparison.job().plotted()) {
            Map<String, List<SamplerComparison.Result>> lines = lines(figure);
            if (!lines.isEmpty()) {
                charts.add(RgbImage.of(BitmapEncoder.getBufferedImage(chart(figure, lines))));
            }
        }
        if (charts.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to plot: no sampler has a figure");
        }
        return charts.getFirst().beside(charts.subList(1, charts.size()).toArray(RgbImage[]::new));
    }

    private Map<String, List<SamplerComparison.Result>> lines(String figure) {
        Map<String, List<SamplerComparison.Result>> lines = new LinkedHashMap<>();
        comparison.results().stream()
                .filter(result -> !Double.isNaN(result.figures().mean(figure)))
                .forEach(result -> lines.computeIfAbsent(result.way().method(), _ -> new ArrayList<>())
                        .add(result));
        return lines;
    }

    private XYChart chart(String figure, Map<String, List<SamplerComparison.Result>> lines) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(figure)
                .xAxisTitle("model evaluations")
                .build();
        // From 1 to a power of ten: only those are labelled.
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setXAxisMin(1.0);
        chart.getStyler().setXAxisMax(Math.pow(10, Math.max(1, Math.ceil(Math.log10(mostEvaluations())))));
        chart.getStyler().setYAxisDecimalPattern("0.###");
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        lines.forEach((method, results) -> add(chart, method, results, figure));
        return chart;
    }

    private int mostEvaluations() {
        return comparison.results().stream()
                .mapToInt(SamplerComparison.Result::evaluations)
                .max()
                .orElseThrow();
    }

    private void add(XYChart chart, String method, List<SamplerComparison.Result> results, String figure) {
        double[] values = results.stream()
                .mapToDouble(result -> result.figures().mean(figure))
                .toArray();
        if (results.size() == 1 && results.getFirst().way().sampler() instanceof EulerMaruyama) {
            double[] level = {values[0], values[0]};
            chart.addSeries(results.getFirst().way().toString(), new double[] {1, mostEvaluations()}, level)
                    .setMarker(SeriesMarkers.NONE)
                    .setLineStyle(SeriesLines.DASH_DASH);
        } else {
            chart.addSeries(
                    method,
                    results.stream()
                            .mapToDouble(SamplerComparison.Result::evaluations)
                            .toArray(),
                    values);
        }
    }
}
