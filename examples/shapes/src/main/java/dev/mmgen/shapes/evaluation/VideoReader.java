package dev.mmgen.shapes.evaluation;

import static dev.mmgen.train.metric.MetricTable.lower;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.shapes.PannedScene;
import dev.mmgen.train.metric.DepthAlignment;
import dev.mmgen.train.metric.MetricTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The reader of videos, frame by frame, and the measurement of what flickers in them.
 *
 * @param mmgen    the model, which the caller closes
 * @param way      the sampler and its steps
 * @param listener called after each step
 */
public record VideoReader(MmGen mmgen, SamplingWay way, Consumer<? super SamplingStep> listener) {

    private static final int BATCH = 40;

    /** The relation of a frame's reading to that of the frame before. */
    public sealed interface Relation {

        /** Each frame has noise of its own. */
        record Independent() implements Relation {}

        /** All frames have one noise. */
        record SameNoise() implements Relation {}

        /**
         * All frames have one noise, and each begins from the reading of the one before.
         *
         * @param strength the time to begin at, above 0 and at most 1
         */
        record Previous(double strength) implements Relation {}

        /** Returns the title of a column. */
        default String title() {
            return switch (this) {
                case Independent _ -> "independent frames";
                case SameNoise _ -> "one noise";
                case Previous previous -> "one noise, previous frame at " + previous.strength;
            };
        }
    }

    /**
     * Returns for each seed the mean over scenes of the flicker of depth, and of its error.
     *
     * @param scenes of as many frames each, at least one
     * @param seeds  at least 1
     */
    public Scoreboard.Contestant measure(List<PannedScene> scenes, Relation relation, int seeds) {
        List<MetricTable> runs = new ArrayList<>();
        for (int seed = 0; seed < seeds; seed++) {
            List<List<float[]>> read = read(scenes, relation, seed);
            runs.add(MetricTable.of(
                    lower("depth flicker", mean(scenes, read, VideoReader::flicker), ""),
                    lower("depth error", mean(scenes, read, VideoReader::error), "")));
        }
        return new Scoreboard.Contestant(relation.title(), runs);
    }

    /** Returns the nearness that was read: by frame, then by scene. */
    private List<List<float[]>> read(List<PannedScene> scenes, Relation relation, long seed) {
        List<List<float[]>> frames = new ArrayList<>();
        List<MultiModalImage> before = List.of();
        for (int frame = 0; frame < scenes.getFirst().frames(); frame++) {
            List<ImageRequest> requests = new ArrayList<>();
            for (int i = 0; i < scenes.size(); i++) {
                ImageRequest request = way.addTo(
                                mmgen.understand(scenes.get(i).photos().get(frame)))
                        .seed(seed)
                        .first(relation instanceof Relation.Independent ? frame * scenes.size() + i : i)
                        .batch(BATCH)
                        .onStep(listener)
                        .build();
                requests.add(
                        frame > 0 && relation instanceof Relation.Previous previous
                                ? request.startingFrom(before.get(i), previous.strength)
                                : request);
            }
            before = mmgen.runAll(requests);
            frames.add(
                    before.stream().map(image -> image.relativeDepth().values()).toList());
        }
        return frames;
    }

    /** A figure of one scene. */
    private interface Figure {

        /**
         * Measures.
         *
         * @param read nearness by frame
         */
        double of(PannedScene scene, List<float[]> read);
    }

    private static double mean(List<PannedScene> scenes, List<List<float[]>> read, Figure figure) {
        return IntStream.range(0, scenes.size())
                .mapToDouble(i -> figure.of(
                        scenes.get(i), read.stream().map(frame -> frame.get(i)).toList()))
                .average()
                .orElseThrow();
    }

    /**
     * Returns the temporal error of depth: how far the change of nearness from frame to frame, at what both show, is from its true
     * change; in parts of the range from far to near. The true change is that of the range, which each frame has of its own.
     */
    static double flicker(PannedScene scene, List<float[]> read) {
        int size = scene.wide().height();
        int common = size - scene.step();
        double sum = 0;
        for (int frame = 1; frame < read.size(); frame++) {
            float[] before = scene.nearness(frame - 1);
            float[] after = scene.nearness(frame);
            for (int i = 0; i < size * common; i++) {
                int now = i / common * size + i % common;
                int then = now + scene.step();
                double change = (double) read.get(frame)[now] - read.get(frame - 1)[then];
                sum += Math.abs(change - ((double) after[now] - before[then]));
            }
        }
        return sum / ((double) size * common * (read.size() - 1));
    }

    /** Returns the mean difference from the true nearness after the fit of scale and shift in each frame. */
    static double error(PannedScene scene, List<float[]> read) {
        double sum = 0;
        for (int frame = 0; frame < read.size(); frame++) {
            double[] predicted = doubles(read.get(frame));
            double[] truth = doubles(scene.nearness(frame));
            DepthAlignment line = DepthAlignment.leastSquares(predicted, truth);
            for (int i = 0; i < truth.length; i++) {
                sum += Math.abs(line.scale() * predicted[i] + line.shift() - truth[i]) / truth.length;
            }
        }
        return sum / read.size();
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
