package dev.mmgen.shapes.evaluation;

import static dev.mmgen.train.metric.MetricTable.higher;

import dev.mmgen.image.RgbImage;
import dev.mmgen.train.metric.MetricTable;
import java.util.List;
import java.util.function.ToDoubleBiFunction;

/**
 * The variety of photos that were drawn from the same condition, beside that of photos of different scenes.
 *
 * @param photos     for each draw, a photo of every scene
 * @param judgements of these photos, in the same order
 */
record Spread(List<List<RgbImage>> photos, List<List<Judgement>> judgements) {

    /** Returns mean distances: of levels 0 to 255, by their mean absolute difference, and of the judge's features. */
    MetricTable table() {
        return MetricTable.of(
                higher("photo distance between draws", betweenDraws(photos, Spread::levels), "levels"),
                higher("photo distance between scenes", betweenScenes(photos, Spread::levels), "levels"),
                higher("feature distance between draws", betweenDraws(judgements, Spread::features), ""),
                higher("feature distance between scenes", betweenScenes(judgements, Spread::features), ""));
    }

    /** Over all scenes and pairs of draws; NaN if there is only one draw. */
    private static <T> double betweenDraws(List<List<T>> draws, ToDoubleBiFunction<T, T> distance) {
        double sum = 0;
        int pairs = 0;
        for (int a = 0; a < draws.size(); a++) {
            for (int b = a + 1; b < draws.size(); b++) {
                for (int scene = 0; scene < draws.get(a).size(); scene++) {
                    sum += distance.applyAsDouble(
                            draws.get(a).get(scene), draws.get(b).get(scene));
                    pairs++;
                }
            }
        }
        return pairs == 0 ? Double.NaN : sum / pairs;
    }

    /** Over all draws, from each scene to the next; NaN if there is only one scene. */
    private static <T> double betweenScenes(List<List<T>> draws, ToDoubleBiFunction<T, T> distance) {
        double sum = 0;
        int pairs = 0;
        for (List<T> draw : draws) {
            for (int scene = 1; scene < draw.size(); scene++) {
                sum += distance.applyAsDouble(draw.get(scene - 1), draw.get(scene));
                pairs++;
            }
        }
        return pairs == 0 ? Double.NaN : sum / pairs;
    }

    private static double levels(RgbImage a, RgbImage b) {
        byte[] one = a.rgb();
        byte[] other = b.rgb();
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += Math.abs((one[i] & 0xff) - (other[i] & 0xff));
        }
        return sum / one.length;
    }

    private static double features(Judgement a, Judgement b) {
        double squares = 0;
        for (int i = 0; i < a.features().length; i++) {
            double difference = (double) a.features()[i] - b.features()[i];
            squares += difference * difference;
        }
        return Math.sqrt(squares);
    }
}
