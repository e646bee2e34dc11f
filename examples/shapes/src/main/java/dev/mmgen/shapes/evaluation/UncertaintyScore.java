package dev.mmgen.shapes.evaluation;

import static dev.mmgen.train.metric.MetricTable.higher;

import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.train.metric.DepthAlignment;
import dev.mmgen.train.metric.MetricTable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The rank correlation (Spearman's, over the pixels of a scene, and its mean over scenes) of the uncertainty of ensembles with
 * their true errors: 1 where the most uncertain pixels are the most wrong ones, 0 where uncertainty says nothing. Scenes whose
 * errors or uncertainties are all equal do not count. Not thread-safe.
 */
final class UncertaintyScore {

    private enum Kind {
        DEPTH(Modality.DEPTH),
        NORMALS(Modality.NORMAL),
        SEGMENTATION(Modality.SEGMENTATION);

        private final Modality modality;

        Kind(Modality modality) {
            this.modality = modality;
        }
    }

    private final Map<Kind, Double> sums = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

    /** Adds what an ensemble read from a scene. */
    void add(MultiModalImage read, Rendering scene) {
        for (Kind kind : Kind.values()) {
            double correlation =
                    spearman(doubles(read.uncertainty(kind.modality).values()), errors(kind, read, scene));
            if (!Double.isNaN(correlation)) {
                sums.merge(kind, correlation, Double::sum);
                counts.merge(kind, 1, Integer::sum);
            }
        }
    }

    /** Returns the means; NaN where no scene counted. */
    MetricTable table() {
        return new MetricTable(Arrays.stream(Kind.values())
                .map(kind -> higher(
                        "rank correlation of uncertainty and error, " + kind.modality.name(),
                        sums.getOrDefault(kind, Double.NaN) / counts.getOrDefault(kind, 1),
                        ""))
                .toList());
    }

    private static double[] errors(Kind kind, MultiModalImage read, Rendering scene) {
        return switch (kind) {
            case DEPTH -> depthErrors(doubles(read.relativeDepth().values()), scene.depth());
            case NORMALS -> angles(read.normalMap().values(), scene.normals());
            case SEGMENTATION ->
                mistakes(scene.scene().edition().palette().labels(read.segmentation()), scene.labels());
        };
    }

    /** The differences of inverse depths after the fit of scale and shift. */
    private static double[] depthErrors(double[] nearness, float[] truth) {
        double[] inverse =
                IntStream.range(0, truth.length).mapToDouble(i -> 1 / truth[i]).toArray();
        DepthAlignment line = DepthAlignment.leastSquares(nearness, inverse);
        return IntStream.range(0, truth.length)
                .mapToDouble(i -> Math.abs(line.scale() * nearness[i] + line.shift() - inverse[i]))
                .toArray();
    }

    private static double[] angles(float[] read, float[] truth) {
        return IntStream.range(0, truth.length / 3)
                .mapToDouble(i -> {
                    double dot = 0;
                    for (int axis = 3 * i; axis < 3 * i + 3; axis++) {
                        dot += (double) read[axis] * truth[axis];
                    }
                    return Math.acos(Math.clamp(dot, -1, 1));
                })
                .toArray();
    }

    private static double[] mistakes(int[] read, int[] truth) {
        return IntStream.range(0, truth.length)
                .mapToDouble(i -> read[i] == truth[i] ? 0 : 1)
                .toArray();
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    /** Returns the correlation of the ranks, where equal numbers share their mean rank; NaN where one side is constant. */
    static double spearman(double[] one, double[] other) {
        double[] a = ranks(one);
        double[] b = ranks(other);
        double mean = (a.length - 1) / 2.0;
        double products = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            products += (a[i] - mean) * (b[i] - mean);
            squaresA += (a[i] - mean) * (a[i] - mean);
            squaresB += (b[i] - mean) * (b[i] - mean);
        }
        return products / Math.sqrt(squaresA * squaresB);
    }

    private static double[] ranks(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        for (int start = 0; start < order.length; ) {
            int end = start + 1;
            while (end < order.length && values[order[end]] == values[order[start]]) {
                end++;
            }
            for (int i = start; i < end; i++) {
                ranks[order[i]] = (start + end - 1) / 2.0;
            }
            start = end;
        }
        return ranks;
    }
}
