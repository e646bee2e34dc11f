package dev.mmgen.shapes.evaluation;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.train.metric.MetricTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The reader that merges several readings of each photo by a model, which is not told the category.
 *
 * @param mmgen    the model, which the caller closes
 * @param readings of each photo, at least 1
 * @param way      the sampler and its steps
 * @param listener called after each step
 */
public record EnsembleReader(MmGen mmgen, int readings, SamplingWay way, Consumer<? super SamplingStep> listener)
        implements SceneReader {

    private static final int BATCH = 40;

    @Override
    public boolean random() {
        return true;
    }

    @Override
    public List<MultiModalImage> read(List<Rendering> scenes, long seed) {
        List<ImageRequest> requests = new ArrayList<>();
        for (int i = 0; i < scenes.size(); i++) {
            requests.add(way.addTo(mmgen.understand(scenes.get(i).rgb()))
                    .only(READ.toArray(Modality[]::new))
                    .seed(seed)
                    .first(i)
                    .ensemble(readings)
                    .batch(BATCH)
                    .onStep(listener)
                    .build());
        }
        return mmgen.runAll(requests);
    }

    /**
     * Returns the errors of what ensembles read, and for several readings how well uncertainty tells them, for each of the seeds.
     *
     * @param seeds at least 1
     */
    public Scoreboard.Contestant measure(List<Rendering> scenes, int seeds) {
        List<MetricTable> runs = new ArrayList<>();
        for (int seed = 0; seed < seeds; seed++) {
            List<MultiModalImage> read = read(scenes, seed);
            MetricTable errors = Understanding.score(read, scenes);
            runs.add(readings == 1 ? errors : errors.plus(uncertainty(read, scenes)));
        }
        return new Scoreboard.Contestant(readings == 1 ? "1 reading" : readings + " readings", runs);
    }

    private static MetricTable uncertainty(List<MultiModalImage> read, List<Rendering> scenes) {
        UncertaintyScore score = new UncertaintyScore();
        for (int i = 0; i < scenes.size(); i++) {
            score.add(read.get(i), scenes.get(i));
        }
        return score.table();
    }
}
