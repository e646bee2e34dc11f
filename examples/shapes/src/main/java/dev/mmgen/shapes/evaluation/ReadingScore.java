package dev.mmgen.shapes.evaluation;

import static dev.mmgen.train.metric.MetricTable.higher;
import static dev.mmgen.train.metric.MetricTable.lower;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.train.metric.DepthErrors;
import dev.mmgen.train.metric.DepthMetrics;
import dev.mmgen.train.metric.DepthProtocol;
import dev.mmgen.train.metric.MetricTable;
import dev.mmgen.train.metric.NormalMetrics;
import dev.mmgen.train.metric.SegmentationMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The errors of pictures that were read from scenes, against their exact truth, over whole pictures and over objects alone.
 *
 * <p>Depth pictures show inverse depth at a scale of their own: scale and shift are fitted there, once, on the whole
 * picture, and also hold for the objects. Normals are compared at every pixel. Colours of a segmentation become the
 * labels of the nearest colours of {@link ShapesWorld#palette}. On objects alone, mIoU is the mean over the categories. Not
 * thread-safe.
 */
public final class ReadingScore {

    /** Scenes reach from about 1.5 to 17 units; depth that is read beyond this range is clamped to it. */
    public static final DepthProtocol DEPTH = new DepthProtocol(DepthProtocol.Space.DISPARITY, 0.5, 25);

    private static final String ON_OBJECTS = " on objects";

    private final DepthMetrics depth = new DepthMetrics(DEPTH);
    private final DepthMetrics objectDepth = new DepthMetrics(DEPTH);
    private final NormalMetrics normals = new NormalMetrics();
    private final NormalMetrics objectNormals = new NormalMetrics();
    private final ShapesWorld edition;
    private final SegmentationMetrics labels;
    private final SegmentationMetrics objectLabels;

    /** Begins without pictures. */
    public ReadingScore(ShapesWorld edition) {
        this.edition = edition;
        this.labels = new SegmentationMetrics(edition.labels());
        this.objectLabels = new SegmentationMetrics(edition.labels());
    }

    /**
     * Adds the pictures that were read from a scene; modalities that were not read are not scored.
     *
     * @throws IllegalArgumentException if sizes differ
     */
    public void add(MultiModalImage read, Rendering scene) {
        Map<Modality, RgbImage> pictures = read.pictures();
        pictures.values().forEach(picture -> requireSize(picture, scene));
        int[] truth = scene.labels();
        boolean[] objects = new boolean[truth.length];
        for (int i = 0; i < truth.length; i++) {
            objects[i] = truth[i] >= Rendering.FIRST_OBJECT;
        }
        if (pictures.containsKey(Modality.DEPTH)) {
            addDepth(DepthMetrics.levels(read.depth()), scene.depth(), objects);
        }
        if (pictures.containsKey(Modality.NORMAL)) {
            float[] vectors = NormalMetrics.decode(read.normal());
            normals.add(vectors, scene.normals());
            objectNormals.add(vectors, scene.normals(), objects);
        }
        if (pictures.containsKey(Modality.SEGMENTATION)) {
            addLabels(edition.palette().labels(read.segmentation()), truth, objects);
        }
    }

    private static void requireSize(RgbImage picture, Rendering scene) {
        if (picture.width() != scene.width() || picture.height() != scene.height()) {
            throw new IllegalArgumentException(picture + " was read from a scene of " + scene.width() + " x "
                    + scene.height() + " pixels; both must have one size");
        }
    }

    private void addDepth(float[] levels, float[] truth, boolean[] objects) {
        DepthMetrics.Score whole = depth.add(levels, truth);
        objectDepth.add(levels, truth, objects, whole.alignment());
    }

    private void addLabels(int[] read, int[] truth, boolean[] objects) {
        labels.add(read, truth);
        int[] objectTruth = truth.clone();
        for (int i = 0; i < truth.length; i++) {
            objectTruth[i] = objects[i] ? truth[i] : -1;
        }
        objectLabels.add(read, objectTruth);
    }

    /** Returns the figures; those of modalities that were not read are NaN. */
    public MetricTable table() {
        return depth(depth.mean(), "")
                .plus(depth(objectDepth.mean(), ON_OBJECTS))
                .plus(named(normals.total().table(), ""))
                .plus(named(objectNormals.total().table(), ON_OBJECTS))
                .plus(segmentation());
    }

    private static MetricTable depth(DepthErrors errors, String where) {
        return MetricTable.of(
                lower("depth AbsRel" + where, errors.absRel(), ""),
                higher("depth δ1" + where, errors.delta1(), ""),
                higher("depth δ2" + where, errors.delta2(), ""),
                higher("depth δ3" + where, errors.delta3(), ""),
                lower("depth RMSE" + where, errors.rmse(), ""));
    }

    private static MetricTable named(MetricTable table, String where) {
        return new MetricTable(table.rows().stream()
                .map(row -> new MetricTable.Row(row.name() + where, row.value(), row.unit(), row.higherIsBetter()))
                .toList());
    }

    private MetricTable segmentation() {
        List<Double> ious = labels.classIou();
        List<MetricTable.Row> rows = new ArrayList<>(List.of(
                higher("segmentation mIoU", labels.total().meanIou(), ""),
                higher("segmentation mIoU" + ON_OBJECTS, objectMean(ious), ""),
                higher("segmentation accuracy", labels.total().accuracy(), ""),
                higher(
                        "segmentation accuracy" + ON_OBJECTS,
                        objectLabels.total().accuracy(),
                        ""),
                higher("IoU of the ground", ious.get(Rendering.GROUND), ""),
                higher("IoU of the backdrop", ious.get(Rendering.BACKDROP), "")));
        for (Category category : edition.categories()) {
            rows.add(higher("IoU of " + category.label(), ious.get(Rendering.FIRST_OBJECT + category.ordinal()), ""));
        }
        return new MetricTable(rows);
    }

    private static double objectMean(List<Double> ious) {
        return ious.subList(Rendering.FIRST_OBJECT, ious.size()).stream()
                .filter(iou -> !iou.isNaN())
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }
}
