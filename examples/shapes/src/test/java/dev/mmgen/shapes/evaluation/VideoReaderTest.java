package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MmGen;
import dev.mmgen.shapes.PannedScene;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.testkit.RandomModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The flicker of depth over the frames of a pan. */
class VideoReaderTest {

    private static final int SIZE = 64;
    private static final PannedScene FILM = PannedScene.of(ShapesWorld.FIRST.scene(3), SIZE, 4, 2);

    @TempDir
    private static Path folder;

    private static List<float[]> truth() {
        List<float[]> frames = new ArrayList<>();
        for (int frame = 0; frame < FILM.frames(); frame++) {
            frames.add(FILM.nearness(frame));
        }
        return frames;
    }

    @Test
    void framesShowTheSameAtPlacesThatThePanMoves() {
        assertThat(FILM.photos()).hasSize(4);
        assertThat(FILM.photos().get(1).crop(0, 0, SIZE - 2, SIZE))
                .isEqualTo(FILM.photos().get(0).crop(2, 0, SIZE - 2, SIZE));
        assertThat(FILM.photos().get(3)).isNotEqualTo(FILM.photos().get(0));
    }

    @Test
    void theTruthDoesNotFlicker() {
        assertThat(VideoReader.flicker(FILM, truth())).isZero();
        assertThat(VideoReader.error(FILM, truth())).isCloseTo(0, within(1e-6));
    }

    @Test
    void whatChangesBesideTheSceneIsFlicker() {
        List<float[]> jumping = truth();
        float[] second = jumping.get(1).clone();
        for (int i = 0; i < second.length; i++) {
            second[i] += 0.3f;
        }
        jumping.set(1, second);
        // Two of three transitions, by 0.3 each; a shift is no error of relative depth.
        assertThat(VideoReader.flicker(FILM, jumping)).isCloseTo(0.2, within(1e-5));
        assertThat(VideoReader.error(FILM, jumping)).isCloseTo(0, within(1e-6));
    }

    @Test
    void readingsAreMeasuredByTheirRelationToTheFrameBefore() {
        try (MmGen mmgen = MmGen.open(RandomModel.make(folder))) {
            VideoReader reader = new VideoReader(mmgen, SamplingWay.parse("euler=3"), _ -> {});
            List<PannedScene> films = List.of(FILM, PannedScene.of(ShapesWorld.FIRST.scene(4), SIZE, 4, 2));
            var independent = reader.measure(films, new VideoReader.Relation.Independent(), 1);
            var same = reader.measure(films, new VideoReader.Relation.SameNoise(), 1);
            var previous = reader.measure(films, new VideoReader.Relation.Previous(0.4), 2);
            assertThat(previous.runs()).hasSize(2);
            assertThat(same.mean("depth flicker")).isLessThan(independent.mean("depth flicker"));
            assertThat(previous.mean("depth flicker")).isPositive();
            assertThat(previous.name()).isEqualTo("one noise, previous frame at 0.4");
        }
    }

    @Test
    void aPanWithoutFramesOrMotionIsRefused() {
        for (int[] film : new int[][] {{1, 2}, {3, 0}, {3, SIZE}, {3, -1}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PannedScene.of(ShapesWorld.FIRST.scene(3), SIZE, film[0], film[1]))
                    .withMessageContaining("frames of " + SIZE);
        }
    }
}
