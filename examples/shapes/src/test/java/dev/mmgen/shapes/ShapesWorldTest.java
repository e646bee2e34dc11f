package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.shapes.solid.Sphere;
import dev.mmgen.shapes.solid.Vec3;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapesWorldTest {

    private static final int SIZE = 64;
    private static final int SCENES = 40;

    /** Trained models and reported figures depend on these pixels: a change here asks for both anew. */
    @ParameterizedTest
    @CsvSource({
        "TRAIN, 0, 64, 64, 4011b7e8",
        "TRAIN, 59999, 64, 64, 9e75f419",
        "VALIDATION, 1, 64, 64, f7aa8e6f",
        "TEST, 2, 96, 64, 58f736fc",
        "TEST, 4294967295, 33, 47, 49a1aabe"
    })
    void theSameSeedGivesTheSamePixelsEverywhere(Split split, long index, int width, int height, String crc) {
        Rendering rendering = ShapesWorld.render(ShapesWorld.FIRST.scene(split.seed(index)), width, height);

        assertThat(checksum(rendering)).isEqualTo(crc);
    }

    private static String checksum(Rendering rendering) {
        CRC32 crc = new CRC32();
        crc.update(rendering.rgb().rgb());
        crc.update(rendering.depthPicture().rgb());
        crc.update(rendering.normalPicture().rgb());
        crc.update(rendering.maskPicture().rgb());
        crc.update(rendering.instancePicture().rgb());
        float[] depth = rendering.depth();
        float[] normals = rendering.normals();
        ByteBuffer exact = ByteBuffer.allocate(4 * (depth.length + normals.length));
        exact.asFloatBuffer().put(depth).put(normals);
        crc.update(exact);
        return Long.toHexString(crc.getValue());
    }

    @Test
    void aSphereHasTheDepthAndNormalsOfItsEquation() {
        Camera camera = Camera.looking(new Vec3(0, 2, 6), new Vec3(0, 0, -1), 0.5);
        Rendering rendering = ShapesWorld.render(sphereAhead(camera), 65, 65);
        int middle = 32 * 65 + 32;
        // The camera looks level at the ball's centre, 6 ahead.
        assertThat(rendering.depth()[middle]).isCloseTo(5, within(1e-6f));
        assertThat(rendering.normals()).hasSize(3 * 65 * 65);
        assertThat(rendering.normals()[3 * middle + 2]).isCloseTo(1, within(1e-6f));

        int x = 38;
        int y = 29;
        double focal = rendering.focalLength();
        Vec3 way = new Vec3((x + 0.5 - 32.5) / focal, (32.5 - y - 0.5) / focal, -1);
        // |t way - (0, 0, -6)| = 1, solved for t, which is the depth.
        double square = way.dot(way);
        double depth = (6 - Math.sqrt(36 - 35 * square)) / square;
        Vec3 normal = way.times(depth).plus(new Vec3(0, 0, 6));
        int pixel = y * 65 + x;
        assertThat(rendering.depth()[pixel]).isCloseTo((float) depth, within(1e-6f));
        assertThat(rendering.normals()[3 * pixel]).isCloseTo((float) normal.x(), within(1e-6f));
        assertThat(rendering.normals()[3 * pixel + 1]).isCloseTo((float) normal.y(), within(1e-6f));
        assertThat(rendering.normals()[3 * pixel + 2]).isCloseTo((float) normal.z(), within(1e-6f));
        assertThat(rendering.instances()[pixel]).isEqualTo(Rendering.FIRST_OBJECT);
        assertThat(rendering.labels()[pixel]).isEqualTo(Rendering.FIRST_OBJECT + Category.SPHERE.ordinal());
    }

    private static Scene sphereAhead(Camera camera) {
        Material red = Material.matt(new Vec3(1, 0, 0));
        Form ball = new Form(new Sphere(Vec3.ZERO, 1), Rotation.standing(0), 1, 1);
        Vec3 white = new Vec3(1, 1, 1);
        return ShapesWorld.FIRST
                .scene(0)
                .withCamera(camera)
                .withLight(Scene.Light.sharp(new Vec3(0, 1, 0), white, white.times(0.3)))
                .withGround(new Scene.Ground(red, Rotation.standing(0)))
                .withBackdrop(Scene.Backdrop.plain(new Vec3(0, 0, 1), 4, white))
                .withObjects(List.of(new SceneObject(Category.SPHERE, ball, new Vec3(0, 2, 0), List.of(red))));
    }

    @Test
    void theGroundBelowABallIsInItsShadow() {
        Camera down = Camera.looking(new Vec3(0, 6, 9), new Vec3(0, -0.6, -0.8), 0.5);
        Rendering rendering = ShapesWorld.render(sphereAhead(down), SIZE, SIZE);
        int[] instances = rendering.instances();
        int brightest = 0;
        int darkest = 255;
        for (int i = 0; i < instances.length; i++) {
            if (instances[i] == Rendering.GROUND) {
                int red = rendering.rgb().pixel(i % SIZE, i / SIZE) >> 16;
                brightest = Math.max(brightest, red);
                darkest = Math.min(darkest, red);
            }
        }
        assertThat(brightest).isEqualTo(255);
        assertThat(darkest).isLessThan(150);
    }

    @Test
    void truthIsFiniteAndFacesTheViewer() {
        for (int scene = 0; scene < SCENES; scene++) {
            Rendering rendering = rendering(scene);
            float[] depth = rendering.depth();
            float[] normals = rendering.normals();
            double nearest = Double.POSITIVE_INFINITY;
            double farthest = 0;
            double longestError = 0;
            double mostTurnedAway = -1;
            for (int i = 0; i < depth.length; i++) {
                Vec3 normal = new Vec3(normals[3 * i], normals[3 * i + 1], normals[3 * i + 2]);
                nearest = Math.min(nearest, depth[i]);
                farthest = Math.max(farthest, depth[i]);
                longestError = Math.max(longestError, Math.abs(normal.length() - 1));
                mostTurnedAway = Math.max(mostTurnedAway, normal.dot(viewed(rendering, i, depth[i])));
            }
            assertThat(nearest).isGreaterThan(0.5);
            assertThat(farthest).isLessThan(40);
            assertThat(longestError).isLessThan(1e-6);
            assertThat(mostTurnedAway).isNegative();
        }
    }

    /** Depth and normals are found in different ways; on a plane each follows from the other. */
    @Test
    void depthFallsAsTheNormalSaysInsideFlatFaces() {
        int compared = 0;
        for (int scene = 0; scene < SCENES; scene++) {
            Rendering rendering = rendering(scene);
            float[] depth = rendering.depth();
            float[] normals = rendering.normals();
            int[] instances = rendering.instances();
            for (int i = 0; i + 1 + SIZE < depth.length; i++) {
                if (i % SIZE == SIZE - 1
                        || !sameFace(i, i + 1, normals, instances)
                        || !sameFace(i, i + SIZE, normals, instances)) {
                    continue;
                }
                Vec3 here = viewed(rendering, i, depth[i]);
                Vec3 right = viewed(rendering, i + 1, depth[i + 1]).minus(here);
                Vec3 down = viewed(rendering, i + SIZE, depth[i + SIZE]).minus(here);
                Vec3 normal = down.cross(right).unit();
                Vec3 known = new Vec3(normals[3 * i], normals[3 * i + 1], normals[3 * i + 2]);
                if (instances[i] < Rendering.FIRST_OBJECT || flat(rendering, instances[i])) {
                    assertThat(normal.dot(known)).isGreaterThan(0.999);
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThan(SCENES * SIZE * SIZE / 2);
    }

    private static boolean flat(Rendering rendering, int instance) {
        Category category = rendering
                .scene()
                .objects()
                .get(instance - Rendering.FIRST_OBJECT)
                .category();
        return category == Category.CUBE || category == Category.PYRAMID;
    }

    private static boolean sameFace(int a, int b, float[] normals, int[] instances) {
        return instances[a] == instances[b]
                && normals[3 * a] == normals[3 * b]
                && normals[3 * a + 1] == normals[3 * b + 1]
                && normals[3 * a + 2] == normals[3 * b + 2];
    }

    /** Returns the point that a pixel shows, in camera coordinates. */
    private static Vec3 viewed(Rendering rendering, int pixel, double depth) {
        double x = pixel % SIZE + 0.5 - SIZE / 2.0;
        double y = SIZE / 2.0 - (pixel / SIZE + 0.5);
        double focal = rendering.focalLength();
        return new Vec3(x / focal * depth, y / focal * depth, -depth);
    }

    @Test
    void theMainObjectIsLargeWholeAndInFront() {
        for (int scene = 0; scene < SCENES; scene++) {
            Rendering rendering = rendering(scene);
            Scene alone = alone(rendering.scene());
            int[] instances = rendering.instances();
            int[] unhidden = ShapesWorld.render(alone, SIZE, SIZE).instances();
            int left = SIZE;
            int right = 0;
            int top = SIZE;
            int bottom = 0;
            for (int i = 0; i < instances.length; i++) {
                boolean main = instances[i] == Rendering.FIRST_OBJECT;
                assertThat(main).isEqualTo(unhidden[i] == Rendering.FIRST_OBJECT);
                if (main) {
                    left = Math.min(left, i % SIZE);
                    right = Math.max(right, i % SIZE);
                    top = Math.min(top, i / SIZE);
                    bottom = Math.max(bottom, i / SIZE);
                }
            }
            assertThat(Math.min(left, top)).isPositive();
            assertThat(Math.max(right, bottom)).isLessThan(SIZE - 1);
            double share = Math.max(right - left + 1, bottom - top + 1) / (double) SIZE;
            assertThat(share)
                    .as("%s of scene %d", rendering.scene().category(), scene)
                    .isBetween(0.33, 0.7);
        }
    }

    private static Scene alone(Scene scene) {
        return scene.withObjects(scene.objects().subList(0, 1));
    }

    @Test
    void objectsStandOnTheGroundBeforeTheWallAndApart() {
        for (int index = 0; index < SCENES; index++) {
            Scene scene = ShapesWorld.FIRST.scene(Split.TRAIN.seed(index));
            assertThat(scene.objects()).hasSizeBetween(1, 4);
            for (SceneObject object : scene.objects()) {
                assertThat(object.position().y()).isEqualTo(object.form().rest());
                assertThat(object.position().dot(scene.backdrop().normal())
                                + scene.backdrop().distance())
                        .isGreaterThan(object.form().radius());
                for (SceneObject other : scene.objects()) {
                    double reach = object.form().radius() + other.form().radius();
                    assertThat(other == object
                                    || object.position().minus(other.position()).length() >= reach)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void everyCategoryIsMainEquallyOften() {
        int scenes = 10_000;
        int[] counts = new int[ShapesWorld.FIRST.categories().size()];
        for (int index = 0; index < scenes; index++) {
            counts[ShapesWorld.FIRST.scene(Split.TRAIN.seed(index)).category().ordinal()]++;
        }
        // 1000 each are expected, give or take 30; the seeds are fixed.
        assertThat(counts).hasSize(10);
        for (int count : counts) {
            assertThat(count).isBetween(900, 1100);
        }
    }

    @Test
    void aLargerPictureShowsTheSameScene() {
        Scene scene = ShapesWorld.FIRST.scene(Split.TRAIN.seed(3));
        int[] small = ShapesWorld.render(scene, 21, 21).labels();
        int[] large = ShapesWorld.render(scene, 63, 63).labels();
        for (int y = 0; y < 21; y++) {
            for (int x = 0; x < 21; x++) {
                assertThat(large[(3 * y + 1) * 63 + 3 * x + 1]).isEqualTo(small[y * 21 + x]);
            }
        }
    }

    @Test
    void aLaterEditionKeepsTheNumbersOfCategoriesAndColours() {
        assertThat(ShapesWorld.SECOND.categories())
                .startsWith(ShapesWorld.FIRST.categories().toArray(Category[]::new));
        for (int label = 0; label < ShapesWorld.FIRST.labels(); label++) {
            assertThat(ShapesWorld.SECOND.palette().colour(label))
                    .isEqualTo(ShapesWorld.FIRST.palette().colour(label));
        }
    }

    @Test
    void anEditionIsKnownByItsNumberOfCategories() {
        assertThat(ShapesWorld.ofCategories(10)).isEqualTo(ShapesWorld.FIRST);
        assertThat(ShapesWorld.ofCategories(16)).isEqualTo(ShapesWorld.SECOND);
        assertThatThrownBy(() -> ShapesWorld.ofCategories(1000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no edition of the world of shapes has 1000 categories");
    }

    @Test
    void emptyPicturesAreRefused() {
        Scene scene = ShapesWorld.FIRST.scene(0);

        assertThatThrownBy(() -> ShapesWorld.render(scene, 0, 64))
                .hasMessageContaining("0 x 64 pixels; both must be at least 1");
        assertThatThrownBy(() -> ShapesWorld.render(scene, 64, -1)).hasMessageContaining("64 x -1");
    }

    private static Rendering rendering(long index) {
        return ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TRAIN.seed(index)), SIZE, SIZE);
    }
}
