package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.train.metric.DepthAlignment;
import dev.mmgen.train.metric.MetricTable;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReadingScoreTest {

    private static final int SIZE = 32;

    private final Rendering scene = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TEST.seed(3)), SIZE, SIZE);
    private final int[] labels = scene.labels();
    private final ReadingScore score = new ReadingScore(ShapesWorld.FIRST);

    private double figure(String name) {
        return score.table().rows().stream()
                .filter(row -> row.name().equals(name))
                .mapToDouble(MetricTable.Row::value)
                .findFirst()
                .orElseThrow();
    }

    private double objectShare() {
        double objects = 0;
        for (int label : labels) {
            objects += label >= Rendering.FIRST_OBJECT ? 1 : 0;
        }
        return objects / labels.length;
    }

    private static MultiModalImage only(Modality modality, RgbImage picture) {
        return new MultiModalImage(Map.of(modality, picture));
    }

    /** Paints the objects over. */
    private RgbImage painted(RgbImage picture, int grey) {
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = labels[i / 3] >= Rendering.FIRST_OBJECT ? (byte) grey : rgb[i];
        }
        return RgbImage.of(SIZE, SIZE, rgb);
    }

    @Test
    void theTruePicturesScoreAlmostPerfectly() {
        score.add(
                new MultiModalImage(Map.of(
                        Modality.DEPTH, scene.depthPicture(),
                        Modality.NORMAL, scene.normalPicture(),
                        Modality.SEGMENTATION, scene.maskPicture())),
                scene);

        // A level is 1/255 of the range of inverse depth, and about half a degree.
        assertThat(figure("depth AbsRel")).isBetween(0.0, 0.01);
        assertThat(figure("depth AbsRel on objects")).isBetween(0.0, 0.01);
        assertThat(figure("depth δ1")).isEqualTo(1);
        assertThat(figure("normal mean")).isBetween(0.0, 0.5);
        assertThat(figure("normal < 5° on objects")).isEqualTo(100);
        assertThat(figure("segmentation mIoU")).isEqualTo(1);
        assertThat(figure("segmentation mIoU on objects")).isEqualTo(1);
        assertThat(figure("segmentation accuracy on objects")).isEqualTo(1);
        assertThat(figure("IoU of " + scene.scene().category().label())).isEqualTo(1);
    }

    @Test
    void theDepthOfObjectsIsAlignedWithTheWholePicture() {
        RgbImage read = painted(scene.depthPicture(), 40);
        score.add(only(Modality.DEPTH, read), scene);

        float[] truth = scene.depth();
        double[] levels = new double[truth.length];
        double[] inverse = new double[truth.length];
        for (int i = 0; i < truth.length; i++) {
            levels[i] = (read.rgb()[3 * i] & 0xff) / 255.0;
            inverse[i] = 1.0 / truth[i];
        }
        DepthAlignment line = DepthAlignment.leastSquares(levels, inverse);
        double error = 0;
        for (int i = 0; i < truth.length; i++) {
            double depth = 1 / Math.clamp(line.scale() * levels[i] + line.shift(), 1 / 25.0, 2.0);
            error += labels[i] >= Rendering.FIRST_OBJECT ? Math.abs(depth - truth[i]) / truth[i] : 0;
        }
        assertThat(figure("depth AbsRel on objects")).isCloseTo(error / (objectShare() * truth.length), within(1e-6));
    }

    @Test
    void wrongObjectsCountInFullOnObjectsAndByTheirShareInThePicture() {
        byte[] turned = scene.normalPicture().rgb();
        for (int i = 0; i < turned.length; i++) {
            turned[i] = labels[i / 3] >= Rendering.FIRST_OBJECT ? (byte) (255 - (turned[i] & 0xff)) : turned[i];
        }
        score.add(only(Modality.NORMAL, RgbImage.of(SIZE, SIZE, turned)), scene);
        assertThat(figure("normal mean on objects")).isBetween(179.0, 180.0);
        assertThat(figure("normal mean")).isCloseTo(180 * objectShare(), within(0.5));

        score.add(only(Modality.SEGMENTATION, painted(scene.maskPicture(), 0x20)), scene);
        assertThat(scene.scene().objects()).noneMatch(object -> object.category() == Category.PYRAMID);
        assertThat(figure("segmentation accuracy on objects")).isZero();
        assertThat(figure("segmentation accuracy")).isCloseTo(1 - objectShare(), within(1e-9));
        assertThat(figure("IoU of the ground")).isEqualTo(1);
        assertThat(figure("segmentation mIoU on objects")).isZero();
    }

    @Test
    void modalitiesThatWereNotReadAreNotScored() {
        score.add(only(Modality.SEGMENTATION, scene.maskPicture()), scene);

        assertThat(figure("depth AbsRel")).isNaN();
        assertThat(figure("normal mean on objects")).isNaN();
        assertThat(figure("segmentation mIoU")).isEqualTo(1);
    }

    @Test
    void picturesOfAnotherSizeAreRefused() {
        Rendering large = ShapesWorld.render(scene.scene(), 2 * SIZE, SIZE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> score.add(only(Modality.DEPTH, large.depthPicture()), scene))
                .withMessageContaining("one size");
    }
}
