package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.testkit.RandomModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnderstandingTest {

    private static final int SIZE = 64;
    private static final List<Rendering> SCENES = new ScenePictures(ShapesWorld.FIRST, Split.TEST, SIZE).render(0, 3);

    @TempDir
    private static Path folder;

    /** Knows the answers. */
    private static MultiModalImage answer(Rendering scene) {
        return new MultiModalImage(Map.of(
                Modality.DEPTH,
                scene.depthPicture(),
                Modality.NORMAL,
                scene.normalPicture(),
                Modality.SEGMENTATION,
                scene.maskPicture()));
    }

    @Test
    void theMeanPictureScoresWorseThanTheTruth() {
        Understanding understanding = new Understanding(SCENES, 3);
        var mean = understanding.measure("mean", MeanPicture.of(ShapesWorld.FIRST, 20, SIZE));
        var knows = understanding.measure(
                "knows",
                (scenes, _) -> scenes.stream().map(UnderstandingTest::answer).toList());

        assertThat(mean.runs()).hasSize(1);
        assertThat(knows.mean("depth AbsRel")).isLessThan(0.01).isLessThan(mean.mean("depth AbsRel") / 3);
        assertThat(knows.mean("normal mean")).isLessThan(0.5).isLessThan(mean.mean("normal mean") / 10);
        assertThat(knows.mean("segmentation mIoU")).isEqualTo(1);
        assertThat(mean.mean("segmentation mIoU")).isLessThan(0.5);
        assertThat(mean.mean("segmentation accuracy")).isBetween(0.3, 0.95);
    }

    @Test
    void theMeanOfOneSceneIsThatScene() {
        Rendering scene = new ScenePictures(ShapesWorld.FIRST, Split.TRAIN, SIZE)
                .render(0, 1)
                .getFirst();

        assertThat(MeanPicture.of(ShapesWorld.FIRST, 1, SIZE).picture().pictures())
                .isEqualTo(answer(scene).pictures());
    }

    @Test
    void aModelReadsTheSameHoweverScenesAreBatched() {
        try (MmGen mmgen = MmGen.open(RandomModel.make(folder))) {
            SamplingWay way = SamplingWay.parse("euler-maruyama=3");
            List<MultiModalImage> atOnce = ModelReader.of(mmgen, way, _ -> {}).read(SCENES, 7);
            List<MultiModalImage> inPairs =
                    ModelReader.of(mmgen, way, _ -> {}).withBatch(2).read(SCENES, 7);

            assertThat(atOnce).hasSize(SCENES.size());
            for (int i = 0; i < SCENES.size(); i++) {
                assertThat(atOnce.get(i).pictures().keySet()).containsExactlyElementsOf(SceneReader.READ);
                assertAlike(inPairs.get(i).depth(), atOnce.get(i).depth());
            }
            assertThat(atOnce.get(0).depth()).isNotEqualTo(atOnce.get(1).depth());
        }
    }

    /** Sums over a batch round differently: a level more or less at most. */
    private static void assertAlike(RgbImage a, RgbImage b) {
        byte[] levels = a.rgb();
        byte[] others = b.rgb();
        for (int i = 0; i < levels.length; i++) {
            assertThat(Math.abs((levels[i] & 0xff) - (others[i] & 0xff)))
                    .as("level %d", i)
                    .isLessThan(2);
        }
    }

    @Test
    void seedsChangeWhatAModelReadsAndNotWhatItsAutoencoderPasses() {
        try (MmGen mmgen = MmGen.open(RandomModel.make(folder))) {
            Understanding understanding = new Understanding(SCENES.subList(0, 2), 2);
            var model = understanding.measure("model", ModelReader.of(mmgen, SamplingWay.parse("euler=2"), _ -> {}));
            var passed = understanding.measure("passed", new VaeReconstruction(mmgen.autoencoder()));

            assertThat(model.runs()).hasSize(2);
            assertThat(model.runs().get(0)).isNotEqualTo(model.runs().get(1));
            assertThat(passed.runs()).hasSize(1);
            assertThat(passed.mean("normal mean")).isNotNaN();
        }
    }

    @Test
    void specialistsForOneModalityEachScoreAsOne() {
        try (MmGen mmgen = MmGen.open(RandomModel.make(folder))) {
            SamplingWay way = SamplingWay.parse("euler=1");
            ModelReader reader = ModelReader.of(mmgen, way, _ -> {});
            SceneReader depth = reader.withWanted(List.of(Modality.DEPTH));
            SceneReader normal = reader.withWanted(List.of(Modality.NORMAL));
            var joint =
                    new Understanding(SCENES.subList(0, 2), 1).measure("both", new JointReader(List.of(depth, normal)));

            assertThat(joint.mean("depth AbsRel")).isNotNaN();
            assertThat(joint.mean("normal mean")).isNotNaN();
            assertThat(joint.mean("segmentation mIoU")).isNaN();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> reader.withWanted(List.of(Modality.named("canny"))))
                    .withMessageContaining("cannot read canny");
        }
    }

    @Test
    void nothingToMeasureIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Understanding(List.of(), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Understanding(SCENES, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Understanding.score(List.of(), SCENES))
                .withMessageContaining("0 results for 3 scenes");
    }
}
