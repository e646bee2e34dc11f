package dev.mmgen.shapes.evaluation;

import static dev.mmgen.train.metric.MetricTable.higher;

import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.train.metric.MetricTable;
import java.util.List;

/**
 * The score of photos that were drawn from a true picture of a scene: what the judge reads from them is compared with the
 * scene, as if they were its photos.
 *
 * @param judge  the judge, which the caller closes
 * @param scenes the scenes whose pictures were given
 */
public record ConditionScore(ShapesJudge judge, List<Rendering> scenes) {

    /** Copies the list. */
    public ConditionScore {
        scenes = List.copyOf(scenes);
    }

    /**
     * Scores draws.
     *
     * @param draws of each draw, a photo of every scene
     * @return the figures of {@link ReadingScore}, the share of photos with the scene's category, and how varied the draws are
     * @throws IllegalArgumentException if a draw does not have a photo of every scene, of its size
     */
    public MetricTable score(List<List<RgbImage>> draws) {
        ReadingScore readings = new ReadingScore(judge.edition());
        List<List<Judgement>> judgements = draws.stream().map(judge::judge).toList();
        int right = 0;
        for (List<Judgement> seen : judgements) {
            if (seen.size() != scenes.size()) {
                throw new IllegalArgumentException(seen.size() + " photos of " + scenes.size() + " scenes");
            }
            for (int i = 0; i < scenes.size(); i++) {
                Rendering scene = scenes.get(i);
                readings.add(seen.get(i).pictures(scene.width(), scene.height()), scene);
                right += seen.get(i).category() == scene.scene().category() ? 1 : 0;
            }
        }
        double share = 100.0 * right / ((long) draws.size() * scenes.size());
        return readings.table()
                .plus(MetricTable.of(higher("category accuracy", share, "%")))
                .plus(new Spread(draws, judgements).table());
    }
}
