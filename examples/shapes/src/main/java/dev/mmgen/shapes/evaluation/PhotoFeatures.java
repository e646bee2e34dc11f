package dev.mmgen.shapes.evaluation;

import dev.mmgen.train.metric.distribution.FeatureGaussian;
import dev.mmgen.train.metric.distribution.FeatureSet;
import dev.mmgen.train.metric.distribution.FeatureStatistics;
import dev.mmgen.train.metric.distribution.FrechetDistance;
import dev.mmgen.train.metric.distribution.PrecisionRecall;
import java.util.List;

/** What {@link ShapesJudge} finds in a set of photos, to compare it with another set. */
final class PhotoFeatures {

    private final FeatureSet rows = new FeatureSet(ShapesJudge.FEATURES);
    private final FeatureGaussian gaussian;

    /** Takes the features of at least two photos. */
    PhotoFeatures(List<Judgement> judgements) {
        FeatureStatistics statistics = new FeatureStatistics(ShapesJudge.FEATURES);
        for (Judgement seen : judgements) {
            rows.add(seen.features());
            statistics.add(seen.features());
        }
        gaussian = statistics.gaussian();
    }

    /** Returns the Fréchet distance to another set: the "proxy FID", which knows nothing beyond this world of solids. */
    double distance(PhotoFeatures other) {
        return FrechetDistance.between(gaussian, other.gaussian);
    }

    /** Returns how true and how varied another set is beside this, the real one. */
    PrecisionRecall cover(PhotoFeatures generated) {
        return PrecisionRecall.between(rows, generated.rows);
    }
}
