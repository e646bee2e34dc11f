package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.train.metric.MetricTable;
import java.util.ArrayList;
import java.util.List;

/**
 * The measurement of readers on scenes that none of them has seen.
 *
 * @param scenes at least one, all of one size
 * @param seeds  the number of seeds, 0 and up, with which a reader that draws random numbers reads them, at least 1
 */
public record Understanding(List<Rendering> scenes, int seeds) {

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are no scenes or seeds
     */
    public Understanding {
        scenes = List.copyOf(scenes);
        if (scenes.isEmpty() || seeds < 1) {
            throw new IllegalArgumentException(
                    scenes.size() + " scenes and " + seeds + " seeds; both must be at least 1");
        }
    }

    /** Returns a reader's figures: for every seed, or once if it does not depend on them. */
    public Scoreboard.Contestant measure(String name, SceneReader reader) {
        List<MetricTable> runs = new ArrayList<>();
        for (int seed = 0; seed < (reader.random() ? seeds : 1); seed++) {
            runs.add(score(reader.read(scenes, seed), scenes));
        }
        return new Scoreboard.Contestant(name, runs);
    }

    /**
     * Returns the figures of what was read from scenes.
     *
     * @throws IllegalArgumentException if numbers or sizes differ
     */
    static MetricTable score(List<MultiModalImage> read, List<Rendering> scenes) {
        if (read.size() != scenes.size()) {
            throw new IllegalArgumentException(read.size() + " results for " + scenes.size() + " scenes");
        }
        ReadingScore score = new ReadingScore(scenes.getFirst().scene().edition());
        for (int i = 0; i < scenes.size(); i++) {
            score.add(read.get(i), scenes.get(i));
        }
        return score.table();
    }
}
