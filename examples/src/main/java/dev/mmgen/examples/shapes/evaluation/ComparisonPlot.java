package dev.mmgen.examples.shapes.evaluation;

import dev.mmgen.examples.shapes.Category;
import dev.mmgen.image.Raster;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * Figures of contestants as bars, a chart for each group of figures.
 *
 * @param groups names of figures that share a scale
 */
public record ComparisonPlot(Comparison comparison, List<List<String>> groups) {

    private static final int HEIGHT = 400;
    private static final int AROUND = 110;
    private static final int BAR = 14;
    private static final int MOST_LEVEL_LABELS = 3;

    /** Copies the groups. */
    public ComparisonPlot {
        groups = groups.stream().map(List::copyOf).toList();
    }

    /** Shows figures of depth, normals and segmentation. */
    public static ComparisonPlot ofReading(Comparison comparison) {
        return new ComparisonPlot(comparison, List.of(
                List.of("depth AbsRel", "depth AbsRel on objects"),
                List.of("normal mean", "normal mean on objects"),
                List.of("segmentation mIoU", "segmentation mIoU on objects"),
                ofCategories("IoU of ")));
    }

    /** Shows figures of drawn images. */
    public static ComparisonPlot ofDrawing(Comparison comparison) {
        return new ComparisonPlot(comparison, List.of(
                List.of("category accuracy"), List.of("proxy FID"), List.of("normals against depth"),
                ofCategories("accuracy of ")));
    }

    private static List<String> ofCategories(String figure) {
        return Arrays.stream(Category.values()).map(category -> figure + category.label()).toList();
    }

    /**
     * Draws the charts side by side. What nobody was measured by is left out.
     *
     * @throws IllegalArgumentException if that is all
     */
    public Raster draw() {
        List<Raster> charts = new ArrayList<>();
        for (List<String> group : groups) {
            List<String> measured = group.stream().filter(this::isMeasured).toList();
            if (!measured.isEmpty()) {
                charts.add(Raster.of(BitmapEncoder.getBufferedImage(chart(measured))));
            }
        }
        if (charts.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to plot");
        }
        return charts.getFirst().beside(charts.subList(1, charts.size()).toArray(Raster[]::new));
    }

    private boolean isMeasured(String figure) {
        return comparison.contestants().stream().anyMatch(contestant -> !Double.isNaN(contestant.mean(figure)));
    }

    private CategoryChart chart(List<String> figures) {
        int bars = figures.size() * (comparison.contestants().size() + 1);
        CategoryChart chart = new CategoryChartBuilder()
                .width(Math.max(360, AROUND + BAR * bars))
                .height(HEIGHT)
                .title(figures.getFirst())
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        chart.getStyler().setXAxisLabelRotation(figures.size() > MOST_LEVEL_LABELS ? 45 : 0);
        for (Comparison.Contestant contestant : comparison.contestants()) {
            // A figure that was not measured is a bar of no height.
            List<Double> values = figures.stream().map(contestant::mean).map(mean -> Double.isNaN(mean) ? 0 : mean).toList();
            chart.addSeries(contestant.name(), figures, values);
        }
        return chart;
    }
}
