package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.SceneFolder;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.metric.DepthMetrics;
import dev.mmgen.train.metric.MetricTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShapesJudgeTest {

    @TempDir
    Path folder;

    private static final List<Rendering> SCENES =
            new ScenePictures(ShapesWorld.FIRST, Split.VALIDATION, 32).render(0, 5);

    /** What a judge that is always right would say. */
    private static Judgement truth(Rendering scene) {
        float[] features = new float[ShapesJudge.FEATURES];
        features[scene.scene().category().ordinal()] = 1;
        return new Judgement(
                ShapesWorld.FIRST,
                scene.scene().category(),
                features,
                new Judgement.Maps(DepthMetrics.levels(scene.depthPicture()), scene.normals(), scene.labels()));
    }

    @Test
    void judgesEachPhotoAloneAndFreesItsTensors() {
        List<RgbImage> photos = SCENES.stream().map(Rendering::rgb).toList();
        try (ShapesJudge judge = ShapesJudge.random(ShapesWorld.FIRST, 3)) {
            long open = Torch.liveTensors();
            List<Judgement> all = judge.judge(photos);
            assertThat(Torch.liveTensors()).isLessThanOrEqualTo(open);
            assertThat(all).hasSize(5);
            Judgement third = judge.judge(photos.subList(2, 3)).getFirst();
            assertThat(third.features())
                    .hasSize(ShapesJudge.FEATURES)
                    .containsExactly(all.get(2).features(), within(1e-5f));
            assertThat(third.maps().depth())
                    .hasSize(32 * 32)
                    .containsExactly(all.get(2).maps().depth(), within(1e-5f));
            assertThat(third.maps().normals()).hasSize(32 * 32 * 3);
            assertThat(Arrays.stream(third.maps().labels()))
                    .hasSize(32 * 32)
                    .allMatch(label ->
                            label >= 0 && label < ShapesWorld.FIRST.palette().size());
        }
    }

    @Test
    void aJudgeReadFromItsFileIsTheSame() {
        Path file = folder.resolve("judge.safetensors");
        List<RgbImage> photos = List.of(SCENES.getFirst().rgb());
        try (ShapesJudge judge = ShapesJudge.random(ShapesWorld.FIRST, 3)) {
            judge.write(file);
            try (ShapesJudge again = ShapesJudge.open(file)) {
                assertThat(again.judge(photos).getFirst().features())
                        .containsExactly(judge.judge(photos).getFirst().features());
            }
        }
    }

    @Test
    void aJudgesFileSaysOfWhichEditionItIs() {
        Path file = folder.resolve("judge.safetensors");
        for (ShapesWorld edition : ShapesWorld.values()) {
            try (ShapesJudge judge = ShapesJudge.random(edition, 3)) {
                judge.write(file);
            }
            try (ShapesJudge again = ShapesJudge.open(file)) {
                assertThat(again.edition()).isEqualTo(edition);
                Judgement seen = again.judge(List.of(SCENES.getFirst().rgb())).getFirst();
                assertThat(edition.categories()).contains(seen.category());
                assertThat(seen.edition()).isEqualTo(edition);
            }
        }
    }

    @Test
    void refusesOtherNetworksAndSizes() {
        Path file = folder.resolve("other.safetensors");
        try (Tensor tensor = Torch.ones(2)) {
            Safetensors.write(file, Map.of("weight", tensor), Map.of());
        }
        assertThatThrownBy(() -> ShapesJudge.open(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("other.safetensors: does not hold a judge of shapes");
        try (ShapesJudge judge = ShapesJudge.random(ShapesWorld.FIRST, 0)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> judge.judge(List.of(RgbImage.of(24, 16, new byte[24 * 16 * 3]))))
                    .withMessage("the judge needs photos whose sides are multiples of 16, not 24 x 16");
        }
    }

    @Test
    void aRightJudgementAgreesWithTheTruth() {
        JudgedAgreement agreement = new JudgedAgreement(ShapesWorld.FIRST);
        ReadingScore reading = new ReadingScore(ShapesWorld.FIRST);
        List<MultiModalImage> images = new TrueScenes(SCENES).images();
        for (int i = 0; i < 5; i++) {
            agreement.add(images.get(i), truth(SCENES.get(i)));
            reading.add(truth(SCENES.get(i)).pictures(32, 32), SCENES.get(i));
        }
        assertThat(agreement.score().depth()).isCloseTo(0, within(1e-6));
        assertThat(agreement.score().normal()).isLessThan(0.5);
        assertThat(agreement.score().meanIou()).isEqualTo(1);
        assertThat(reading.table().rows())
                .filteredOn(row -> row.name().equals("depth AbsRel"))
                .singleElement()
                .satisfies(row -> assertThat(row.value()).isLessThan(0.02));
        assertThat(reading.table().rows())
                .filteredOn(row -> row.name().equals("segmentation mIoU"))
                .singleElement()
                .satisfies(row -> assertThat(row.value()).isEqualTo(1));
    }

    @Test
    void theJudgementOfAnotherSceneDisagrees() {
        JudgedAgreement agreement = new JudgedAgreement(ShapesWorld.FIRST);
        List<MultiModalImage> images = new TrueScenes(SCENES).images();
        for (int i = 0; i < 5; i++) {
            agreement.add(images.get(i), truth(SCENES.get((i + 1) % 5)));
        }
        assertThat(agreement.score().depth()).isGreaterThan(0.03);
        assertThat(agreement.score().normal()).isGreaterThan(10);
        assertThat(agreement.score().meanIou()).isLessThan(0.6);
    }

    private static double value(MetricTable table, String name) {
        return table.rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Test
    void theTruthIsAtNoDistanceFromItself() {
        try (ShapesJudge judge = ShapesJudge.random(ShapesWorld.FIRST, 1)) {
            TrueScenes truth = new TrueScenes(SCENES);
            GenerationScore score = new GenerationScore(judge, SCENES);
            MetricTable same = score.score(truth.images(), truth.categories());
            assertThat(value(same, "proxy FID")).isCloseTo(0, within(1e-4));
            assertThat(value(same, "precision")).isEqualTo(1);
            assertThat(value(same, "recall")).isEqualTo(1);
            MultiModalImage mean = new MultiModalImage(Map.of(Modality.RGB, truth.meanPhoto()));
            MetricTable constant = score.score(Collections.nCopies(5, mean), truth.categories());
            assertThat(value(constant, "proxy FID")).isGreaterThan(value(same, "proxy FID"));
            assertThat(value(constant, "normals against depth")).isNaN();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> score.score(truth.images(), List.of(Category.CUBE)))
                    .withMessage("5 images of 1 categories");
        }
    }

    @Test
    void spreadDistinguishesDrawsFromScenes() {
        List<RgbImage> photos = SCENES.stream().map(Rendering::rgb).toList();
        List<Judgement> seen = SCENES.stream().map(ShapesJudgeTest::truth).toList();
        MetricTable same = new Spread(List.of(photos, photos), List.of(seen, seen)).table();
        assertThat(value(same, "photo distance between draws")).isZero();
        assertThat(value(same, "feature distance between draws")).isZero();
        assertThat(value(same, "photo distance between scenes")).isGreaterThan(10);
        RgbImage black = RgbImage.of(1, 1, new byte[3]);
        RgbImage grey = RgbImage.of(1, 1, new byte[] {10, 20, 30});
        List<Judgement> one = seen.subList(0, 1);
        MetricTable apart = new Spread(List.of(List.of(black), List.of(grey)), List.of(one, one)).table();
        assertThat(value(apart, "photo distance between draws")).isEqualTo(20);
        assertThat(value(apart, "photo distance between scenes")).isNaN();
    }

    @Test
    void aJudgeMemorisesAFewScenes() {
        Path index = SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN)
                .withSize(16)
                .write(0, 8, 1, () -> {});
        List<Double> losses = new ArrayList<>();
        Path file = folder.resolve("judge.safetensors");
        try (ShapesJudge first = ShapesJudge.random(ShapesWorld.FIRST, 0)) {
            JudgeTraining.on(index)
                    .withSteps(30)
                    .withBatch(8)
                    .withRate(3e-3)
                    .run(first, (_, loss) -> losses.add(loss), averaged -> {
                        assertThat(losses).hasSize(30);
                        averaged.write(file);
                    });
        }
        assertThat(losses.getLast()).isLessThan(0.7 * losses.getFirst());
        try (ShapesJudge judge = ShapesJudge.open(file)) {
            JudgeTraining.on(index)
                    .withSteps(1)
                    .withBatch(8)
                    .withRate(1e-3)
                    .run(judge, (_, loss) -> losses.add(loss), _ -> {});
        }
        assertThat(losses.getLast()).as("going on from the file").isLessThan(0.8 * losses.getFirst());
    }

    private static void train(Path index, int batch) {
        try (ShapesJudge judge = ShapesJudge.random(ShapesWorld.FIRST, 0)) {
            JudgeTraining.on(index).withSteps(1).withBatch(batch).run(judge, (_, _) -> {}, _ -> {});
        }
    }

    @Test
    void faultyScenesAreNamed() throws Exception {
        Path index = SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN)
                .withSize(16)
                .write(0, 2, 1, () -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> train(index, 3))
                .withMessage("batches of 3 from 2 samples; a batch may hold at most all of them");
        Path mask = folder.resolve("mask/00000/00000001.png");
        RgbImage.of(32, 32, new byte[32 * 32 * 3]).write(mask);
        assertThatThrownBy(() -> train(index, 2))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("00000001.png has 32 x 32 pixels, but the first photo has 16 x 16");
        Files.delete(mask);
        assertThatThrownBy(() -> LabelledScenes.open(index, ShapesWorld.FIRST).image(1))
                .isInstanceOf(DataException.class);
    }
}
