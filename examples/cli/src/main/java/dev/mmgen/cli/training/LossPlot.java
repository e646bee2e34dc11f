package dev.mmgen.cli.training;

import dev.mmgen.image.RgbImage;
import dev.mmgen.train.StepReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A picture of the losses, those of earlier runs too, one line per modality, written anew at intervals. Each point is a mean
 * over some steps, more of them the longer the training.
 */
final class LossPlot implements Consumer<StepReport> {

    private static final int MOST_POINTS = 400;
    private static final int WIDTH = 900;
    private static final int HEIGHT = 500;

    private final Path file;
    private final long every;
    private final List<String> modalities;
    private final List<double[]> points = new ArrayList<>();
    private final List<double[]> summed = new ArrayList<>();
    private int stepsPerPoint = 1;

    /**
     * Begins a picture.
     *
     * @param before of every step of earlier runs its number, then the losses; NaN for a modality that had none
     */
    LossPlot(Path file, long every, List<String> modalities, List<double[]> before) {
        this.file = file;
        this.every = every;
        this.modalities = List.copyOf(modalities);
        before.forEach(this::add);
    }

    @Override
    public void accept(StepReport report) {
        double[] step = new double[1 + modalities.size()];
        step[0] = report.step();
        for (int m = 0; m < modalities.size(); m++) {
            Double error = report.loss().perModality().get(m);
            step[1 + m] = error == null ? Double.NaN : error;
        }
        add(step);
        if (report.step() % every == 0 && points.size() > 1) {
            draw().write(file);
        }
    }

    private void add(double[] step) {
        summed.add(step);
        if (summed.size() == stepsPerPoint) {
            points.add(mean(summed));
            summed.clear();
            if (points.size() > MOST_POINTS) {
                halve();
            }
        }
    }

    /** Steps in which a modality was not supervised say nothing about it. */
    private static double[] mean(List<double[]> steps) {
        double[] mean = new double[steps.getFirst().length];
        for (int i = 0; i < mean.length; i++) {
            int column = i;
            mean[i] = steps.stream()
                    .mapToDouble(step -> step[column])
                    .filter(value -> !Double.isNaN(value))
                    .average()
                    .orElse(Double.NaN);
        }
        return mean;
    }

    private void halve() {
        List<double[]> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < points.size(); i += 2) {
            pairs.add(mean(points.subList(i, i + 2)));
        }
        points.clear();
        points.addAll(pairs);
        stepsPerPoint *= 2;
    }

    private RgbImage draw() {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("velocity error")
                .xAxisTitle("step")
                .build();
        chart.getStyler().setYAxisLogarithmic(true);
        for (int m = 0; m < modalities.size(); m++) {
            int column = 1 + m;
            // A logarithm needs positive values; a modality that was never supervised so far has none.
            List<double[]> shown =
                    points.stream().filter(point -> point[column] > 0).toList();
            if (!shown.isEmpty()) {
                chart.addSeries(
                                modalities.get(m),
                                shown.stream().mapToDouble(point -> point[0]).toArray(),
                                shown.stream()
                                        .mapToDouble(point -> point[column])
                                        .toArray())
                        .setMarker(SeriesMarkers.NONE);
            }
        }
        return RgbImage.of(BitmapEncoder.getBufferedImage(chart));
    }
}
