package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Euler;
import dev.mmgen.shapes.evaluation.MeanPicture;
import dev.mmgen.shapes.evaluation.ModelReader;
import dev.mmgen.shapes.evaluation.ReadingScore;
import dev.mmgen.shapes.evaluation.SamplingWay;
import dev.mmgen.shapes.evaluation.SceneReader;
import dev.mmgen.testkit.OneThread;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The shipped weights: they open, and read and draw the world that they were trained on. */
@ExtendWith(OneThread.class)
class ShapesModelTest {

    private static final List<Rendering> SCENES = IntStream.range(0, 8)
            .mapToObj(number -> ShapesWorld.SECOND.render(Split.TEST.seed(number)))
            .toList();

    private static MmGen mmgen;

    @BeforeAll
    static void open() {
        mmgen = MmGen.shapes();
    }

    @AfterAll
    static void close() {
        mmgen.close();
    }

    private static double error(SceneReader reader, String figure) {
        ReadingScore score = new ReadingScore(ShapesWorld.SECOND);
        List<MultiModalImage> read = reader.read(SCENES, 0);
        for (int i = 0; i < SCENES.size(); i++) {
            score.add(read.get(i), SCENES.get(i));
        }
        return score.table().rows().stream()
                .filter(row -> row.name().equals(figure))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Test
    void itsCategoriesAreThoseOfTheWorld() {
        assertThat(mmgen.config().categories())
                .isEqualTo(ShapesWorld.SECOND.categories().stream()
                        .map(Category::label)
                        .toList());
        assertThat(mmgen.resolution()).isEqualTo(128);
        assertThat(mmgen.modalities().list())
                .containsExactly(Modality.RGB, Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION);
    }

    @Test
    void itReadsScenesBetterThanTheMeanImage() {
        ModelReader model = ModelReader.of(mmgen, new SamplingWay(new Euler(), 4), _ -> {});
        MeanPicture mean = MeanPicture.of(ShapesWorld.SECOND, 200, 128);
        for (String figure : List.of("depth AbsRel", "normal mean", "normal mean on objects")) {
            assertThat(error(model, figure)).as(figure).isLessThan(0.9 * error(mean, figure));
        }
    }

    @Test
    void aSeedDrawsTheSamePictureAgain() {
        MultiModalImage first = mmgen.generate()
                .category(0)
                .seed(3)
                .sampler(new Euler())
                .steps(4)
                .run();
        MultiModalImage again = mmgen.generate()
                .category("sphere")
                .seed(3)
                .sampler(new Euler())
                .steps(4)
                .run();
        MultiModalImage other = mmgen.generate()
                .category(0)
                .seed(4)
                .sampler(new Euler())
                .steps(4)
                .run();
        assertThat(again.rgb()).isEqualTo(first.rgb());
        assertThat(other.rgb()).isNotEqualTo(first.rgb());
    }

    @Test
    void anUnknownCategoryIsAnsweredWithTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mmgen.generate().category("dragon"))
                .withMessageContainingAll("'dragon'", "sphere", "chair");
    }
}
