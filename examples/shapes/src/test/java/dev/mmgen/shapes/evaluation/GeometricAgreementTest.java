package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.solid.Vec3;
import dev.mmgen.train.metric.NormalMetrics;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GeometricAgreementTest {

    private static final int SIDE = 32;

    /** The plane through (0, 0, -2) with a normal, seen with a half view of 0.36; depth is scaled as pictures are. */
    private static float[] levelsOfPlane(Vec3 normal, double black, double range) {
        float[] levels = new float[SIDE * SIDE];
        for (int i = 0; i < levels.length; i++) {
            double x = 0.36 * (2.0 * (i % SIDE) + 1 - SIDE) / SIDE;
            double y = 0.36 * (SIDE - 1 - 2.0 * (i / SIDE)) / SIDE;
            double inverse = (normal.x() * x + normal.y() * y - normal.z()) / (-2 * normal.z());
            levels[i] = (float) (inverse / range - black);
        }
        return levels;
    }

    @Test
    void aPlanesNormalFollowsFromItsDepth() {
        double length = Math.sqrt(0.2 * 0.2 + 0.7 * 0.7 + 0.6 * 0.6);
        float[] levels = levelsOfPlane(new Vec3(0.2, 0.7, 0.6).times(1 / length), 0.3, 0.8);
        DepthNormals derived = new DepthNormals(levels, new int[SIDE * SIDE], SIDE, SIDE);
        float[] normals = derived.normals(0.3, 0.36);
        float[] truth = new float[normals.length];
        for (int i = 0; i < truth.length; i += 3) {
            truth[i] = 0.2f;
            truth[i + 1] = 0.7f;
            truth[i + 2] = 0.6f;
        }
        assertThat(new NormalMetrics().add(normals, truth, derived.inside()).mean())
                .isCloseTo(0, within(0.01));
        assertThat(new NormalMetrics()
                        .add(derived.fitted(truth), truth, derived.inside())
                        .mean())
                .isLessThan(1);
        assertThat(new NormalMetrics()
                        .add(derived.normals(3, 0.36), truth, derived.inside())
                        .mean())
                .isGreaterThan(10);
    }

    @Test
    void noPlaneLiesAcrossABorder() {
        int[] labels = new int[SIDE * SIDE];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % SIDE < 10 ? 0 : 1;
        }
        boolean[] inside = new DepthNormals(new float[SIDE * SIDE], labels, SIDE, SIDE).inside();
        for (int i = 0; i < inside.length; i++) {
            int x = i % SIDE;
            int y = i / SIDE;
            boolean away = y >= 2 && y < SIDE - 2 && (x >= 2 && x < 8 || x >= 12 && x < SIDE - 2);
            assertThat(inside[i]).as("column %d, row %d", x, y).isEqualTo(away);
        }
    }

    private static EdgeMap verticalEdge(int column) {
        int[] labels = new int[8 * 8];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 8 <= column ? 0 : 1;
        }
        return EdgeMap.ofLabels(labels, 8, 8);
    }

    private static double score(EdgeMap one, EdgeMap other, int tolerance) {
        GeometricAgreement.EdgeAgreement agreement = new GeometricAgreement.EdgeAgreement(tolerance);
        agreement.add(one, other);
        return agreement.score();
    }

    @Test
    void edgesMatchUpToTheTolerance() {
        assertThat(verticalEdge(3).count()).isEqualTo(8);
        assertThat(score(verticalEdge(3), verticalEdge(3), 1)).isEqualTo(1);
        assertThat(score(verticalEdge(3), verticalEdge(4), 1)).isEqualTo(1);
        assertThat(score(verticalEdge(3), verticalEdge(5), 1)).isZero();
        assertThat(score(verticalEdge(3), verticalEdge(5), 2)).isEqualTo(1);
    }

    @Test
    void halfOfTheEdgesScoresTwoThirds() {
        boolean[] both = verticalEdge(1).edges().clone();
        for (int i = 0; i < both.length; i++) {
            both[i] |= verticalEdge(6).edges()[i];
        }
        assertThat(score(new EdgeMap(both, 8, 8), verticalEdge(1), 1)).isCloseTo(2.0 / 3, within(1e-12));
    }

    @Test
    void surfacesHaveEdgesWhereDepthJumpsOrNormalsTurn() {
        float[] flat = new float[16];
        float[] facing = new float[48];
        for (int i = 2; i < 48; i += 3) {
            facing[i] = 1;
        }
        assertThat(EdgeMap.ofSurfaces(flat, facing, 4, 4).count()).isZero();
        float[] jump = flat.clone();
        Arrays.fill(jump, 8, 16, 0.1f);
        assertThat(EdgeMap.ofSurfaces(jump, facing, 4, 4).count()).isEqualTo(4);
        float[] turned = facing.clone();
        turned[3 * 5] = 1;
        turned[3 * 5 + 2] = 0;
        assertThat(EdgeMap.ofSurfaces(flat, turned, 4, 4).count()).isEqualTo(3);
        turned[3 * 5] = 0;
        assertThat(EdgeMap.ofSurfaces(flat, turned, 4, 4).count()).isZero();
    }

    @Test
    void trueScenesAgreeAndMixedOnesDoNot() {
        List<MultiModalImage> scenes =
                new TrueScenes(new ScenePictures(ShapesWorld.FIRST, Split.VALIDATION, 64).render(0, 4)).images();
        GeometricAgreement truth = new GeometricAgreement(ShapesWorld.FIRST);
        scenes.forEach(truth::add);
        assertThat(truth.score().normal()).isLessThan(4);
        assertThat(truth.score().edges1()).isGreaterThan(0.85);
        assertThat(truth.score().edges2()).isGreaterThanOrEqualTo(truth.score().edges1());
        GeometricAgreement mixed = new GeometricAgreement(ShapesWorld.FIRST);
        for (int i = 0; i < 4; i++) {
            Map<Modality, RgbImage> pictures = new LinkedHashMap<>(scenes.get(i).pictures());
            pictures.put(Modality.NORMAL, scenes.get((i + 1) % 4).normal());
            pictures.put(Modality.SEGMENTATION, scenes.get((i + 2) % 4).segmentation());
            mixed.add(new MultiModalImage(pictures));
        }
        assertThat(mixed.score().normal()).isGreaterThan(15);
        assertThat(mixed.score().edges1()).isLessThan(0.6);
    }
}
