package dev.mmgen.shapes.evaluation;

import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.Category;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * The plot of a scoreboard as bars, with a chart for each group of figures.
 *
 * @param groups in their order from the left
 */
public record ScoreboardPlot(Scoreboard scoreboard, List<Group> groups) {

    private static final int HEIGHT = 400;
    private static final int AROUND = 110;
    private static final int BAR = 16;
    private static final int MOST_LEVEL_LABELS = 3;

    /**
     * Figures that share a scale.
     *
     * @param title   the beginning of the names of all figures
     * @param figures at least one
     */
    public record Group(String title, List<String> figures) {

        /** Copies the list. */
        public Group {
            figures = List.copyOf(figures);
        }

        private String label(String figure) {
            return figure.equals(title)
                    ? "all"
                    : figure.substring(title.length()).strip();
        }
    }

    /** Copies the groups. */
    public ScoreboardPlot {
        groups = List.copyOf(groups);
    }

    /** Shows figures of depth, normals and segmentation. */
    public static ScoreboardPlot ofReading(Scoreboard scoreboard) {
        return new ScoreboardPlot(
                scoreboard,
                List.of(
                        onObjects("depth AbsRel"),
                        onObjects("normal mean"),
                        onObjects("segmentation mIoU"),
                        ofCategories("IoU of")));
    }

    /** Shows figures of drawn images. */
    public static ScoreboardPlot ofDrawing(Scoreboard scoreboard) {
        return new ScoreboardPlot(
                scoreboard,
                List.of(
                        alone("category accuracy"),
                        alone("proxy FID"),
                        alone("normals against depth"),
                        ofCategories("accuracy of")));
    }

    private static Group alone(String figure) {
        return new Group(figure, List.of(figure));
    }

    private static Group onObjects(String figure) {
        return new Group(figure, List.of(figure, figure + " on objects"));
    }

    private static Group ofCategories(String figure) {
        return new Group(
                figure,
                Arrays.stream(Category.values())
                        .map(category -> figure + " " + category.label())
                        .toList());
    }

    /**
     * Draws the charts side by side. Figures that no contestant has are omitted.
     *
     * @throws IllegalArgumentException if none is left
     */
    public RgbImage draw() {
        List<RgbImage> charts = new ArrayList<>();
        for (Group group : groups) {
            List<String> measured =
                    group.figures().stream().filter(this::isMeasured).toList();
            if (!measured.isEmpty()) {
                charts.add(RgbImage.of(BitmapEncoder.getBufferedImage(chart(new Group(group.title(), measured)))));
            }
        }
        if (charts.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to plot: no contestant has one of the figures");
        }
        return charts.getFirst().beside(charts.subList(1, charts.size()).toArray(RgbImage[]::new));
    }

    private boolean isMeasured(String figure) {
        return scoreboard.contestants().stream().anyMatch(contestant -> !Double.isNaN(contestant.mean(figure)));
    }

    private CategoryChart chart(Group group) {
        List<String> figures = group.figures();
        int bars = figures.size() * (scoreboard.contestants().size() + 1);
        CategoryChart chart = new CategoryChartBuilder()
                .width(Math.max(360, AROUND + BAR * bars))
                .height(HEIGHT)
                .title(group.title())
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        chart.getStyler().setXAxisLabelRotation(figures.size() > MOST_LEVEL_LABELS ? 45 : 0);
        List<String> labels = figures.stream().map(group::label).toList();
        for (Scoreboard.Contestant contestant : scoreboard.contestants()) {
            // A figure that was not measured is a bar of no height.
            List<Double> values = figures.stream()
                    .map(contestant::mean)
                    .map(mean -> Double.isNaN(mean) ? 0 : mean)
                    .toList();
            chart.addSeries(contestant.name(), labels, values);
        }
        return chart;
    }
}
