package dev.mmgen.shapes.evaluation;

import static dev.mmgen.train.metric.MetricTable.higher;
import static dev.mmgen.train.metric.MetricTable.lower;

import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.train.metric.MetricTable;
import dev.mmgen.train.metric.distribution.FeatureGaussian;
import dev.mmgen.train.metric.distribution.FeatureSet;
import dev.mmgen.train.metric.distribution.FeatureStatistics;
import dev.mmgen.train.metric.distribution.FrechetDistance;
import dev.mmgen.train.metric.distribution.PrecisionRecall;
import java.util.ArrayList;
import java.util.List;

/**
 * The score of a set of drawn images beside true scenes: the share with the right category, the distance of their photos from
 * true ones as a set, and the agreement of the modalities of each image.
 */
public final class GenerationScore {

    private final ShapesJudge judge;
    private final PhotoFeatures truth;

    /**
     * Reads the true scenes.
     *
     * @param judge the judge, which the caller closes
     * @param truth held-out scenes, more than the three neighbours that precision and recall look at; best as many as images
     */
    public GenerationScore(ShapesJudge judge, List<Rendering> truth) {
        this.judge = judge;
        this.truth =
                new PhotoFeatures(judge.judge(truth.stream().map(Rendering::rgb).toList()));
    }

    /**
     * Scores a set.
     *
     * @param images     with a photo each; agreement is measured if they have depth, normals and segmentation too
     * @param categories what each should show
     * @throws IllegalArgumentException if the numbers differ, or there are too few for precision and recall
     */
    public MetricTable score(List<MultiModalImage> images, List<Category> categories) {
        if (images.size() != categories.size()) {
            throw new IllegalArgumentException(images.size() + " images of " + categories.size() + " categories");
        }
        List<Judgement> seen =
                judge.judge(images.stream().map(MultiModalImage::rgb).toList());
        PhotoFeatures features = new PhotoFeatures(seen);
        PrecisionRecall cover = truth.cover(features);
        return MetricTable.of(
                        higher(
                                "category accuracy",
                                accuracy(seen, categories, judge.edition().categories()),
                                "%"),
                        lower("proxy FID", truth.distance(features), ""),
                        higher("precision", cover.precision(), ""),
                        higher("recall", cover.recall(), ""))
                .plus(agreement(images, seen))
                .plus(byCategory(seen, categories));
    }

    private MetricTable agreement(List<MultiModalImage> images, List<Judgement> seen) {
        JudgedAgreement judged = new JudgedAgreement(judge.edition());
        GeometricAgreement geometric = new GeometricAgreement(judge.edition());
        for (int i = 0; i < images.size(); i++) {
            if (isComplete(images.get(i))) {
                judged.add(images.get(i), seen.get(i));
                geometric.add(images.get(i));
            }
        }
        return MetricTable.of(
                lower("depth against the photo", 100 * judged.score().depth(), "% of range"),
                lower("normals against the photo", judged.score().normal(), "°"),
                higher("segmentation against the photo, mIoU", judged.score().meanIou(), ""),
                lower("normals against depth", geometric.score().normal(), "°"),
                higher(
                        "segmentation edges against depth and normals, F within 1 px",
                        geometric.score().edges1(),
                        ""),
                higher(
                        "segmentation edges against depth and normals, F within 2 px",
                        geometric.score().edges2(),
                        ""));
    }

    private static boolean isComplete(MultiModalImage image) {
        return image.pictures().keySet().containsAll(List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION));
    }

    private MetricTable byCategory(List<Judgement> seen, List<Category> categories) {
        List<MetricTable.Row> rows = new ArrayList<>();
        for (Category category : judge.edition().categories()) {
            rows.add(higher("accuracy of " + category.label(), accuracy(seen, categories, List.of(category)), "%"));
        }
        return new MetricTable(rows);
    }

    /** Returns the share, in percent, of images that show what they should, of those that should show one of some. */
    private static double accuracy(List<Judgement> seen, List<Category> categories, List<Category> which) {
        int asked = 0;
        int right = 0;
        for (int i = 0; i < seen.size(); i++) {
            if (which.contains(categories.get(i))) {
                asked++;
                right += seen.get(i).category() == categories.get(i) ? 1 : 0;
            }
        }
        return asked == 0 ? Double.NaN : 100.0 * right / asked;
    }

    /** The features of a set of photos by {@link ShapesJudge}, to compare it with another set. */
    private static final class PhotoFeatures {

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

        /** Returns the Fréchet distance to another set: the "proxy FID", which knows this world only. */
        double distance(PhotoFeatures other) {
            return FrechetDistance.between(gaussian, other.gaussian);
        }

        /** Returns how true and how varied another set is beside this, the real one. */
        PrecisionRecall cover(PhotoFeatures generated) {
            return PrecisionRecall.between(rows, generated.rows);
        }
    }
}
