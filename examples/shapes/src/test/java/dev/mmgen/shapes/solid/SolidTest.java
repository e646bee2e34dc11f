package dev.mmgen.shapes.solid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The intersections of rays and solids, against numbers by hand and against a walk along the ray. */
class SolidTest {

    private static final int RAYS = 2000;
    private static final double STEP = 0.01;

    private static final Vec3 OFF = new Vec3(0.2, -0.1, 0.3);
    private static final Torus RING = new Torus(OFF, 0.8, 0.3);
    private static final Box BLOCK = new Box(Vec3.ZERO, new Vec3(1, 0.5, 0.8));
    private static final Cylinder HOLE = new Cylinder(Vec3.ZERO, 0.4, 1);

    /** Each solid with what lies in it, said in another way. */
    static Stream<Map.Entry<Solid, Predicate<Vec3>>> solids() {
        Predicate<Vec3> block = p -> Math.abs(p.x()) < 1 && Math.abs(p.y()) < 0.5 && Math.abs(p.z()) < 0.8;
        Predicate<Vec3> hole = p -> Math.hypot(p.x(), p.z()) < 0.4 && Math.abs(p.y()) < 1;
        Predicate<Vec3> ring = p -> {
            Vec3 q = p.minus(OFF);
            return Math.hypot(Math.hypot(q.x(), q.z()) - 0.8, q.y()) < 0.3;
        };
        return Stream.of(
                Map.entry(new Sphere(OFF, 0.9), p -> p.minus(OFF).length() < 0.9),
                Map.entry(BLOCK, block),
                Map.entry(
                        new Cylinder(OFF, 0.6, 0.7),
                        p -> Math.hypot(p.x() - 0.2, p.z() - 0.3) < 0.6 && Math.abs(p.y() + 0.1) < 0.7),
                Map.entry(
                        new Cone(0.8, -0.6, 1),
                        p -> p.y() > -0.6 && p.y() < 1 && Math.hypot(p.x(), p.z()) < 0.8 * (1 - p.y()) / 1.6),
                Map.entry(
                        new Pyramid(0.7, -0.5, 0.9),
                        p -> p.y() > -0.5 && Math.max(Math.abs(p.x()), Math.abs(p.z())) < 0.7 * (0.9 - p.y()) / 1.4),
                Map.entry(
                        new Capsule(0.4, 0.6),
                        p -> p.minus(new Vec3(0, Math.clamp(p.y(), -0.6, 0.6), 0))
                                        .length()
                                < 0.4),
                Map.entry(RING, ring),
                Map.entry(new Cut(BLOCK, List.of(HOLE)), block.and(hole.negate())),
                Map.entry(
                        new Compound(List.of(new Compound.Part(RING, 0), new Compound.Part(BLOCK, 1))),
                        ring.or(block)));
    }

    @ParameterizedTest
    @MethodSource("solids")
    void aRayMeetsTheSolidWhereAWalkAlongItEnters(Map.Entry<Solid, Predicate<Vec3>> pair) {
        SplittableRandom random = new SplittableRandom(5);
        int hits = 0;
        for (int i = 0; i < RAYS; i++) {
            Vec3 origin = point(random).unit().times(3);
            Ray ray = new Ray(origin, point(random).times(0.8).minus(origin).unit());
            Hit hit = pair.getKey().hit(ray);
            double walked = firstInside(ray, pair.getValue());
            if (hit == null) {
                assertThat(walked).as("%s passed", ray).isInfinite();
                continue;
            }
            hits++;
            // A walk can step over a corner, but meets nothing before the hit, and finds the inside right behind it.
            assertThat(walked).isGreaterThan(hit.distance() - 1e-9);
            assertThat(hit.point().minus(ray.at(hit.distance())).length()).isZero();
            assertThat(hit.normal().length()).isCloseTo(1, within(1e-12));
            assertThat(hit.normal().dot(ray.direction())).isLessThan(0);
            assertThat(pair.getValue().test(hit.point().plus(-1e-6, hit.normal())))
                    .as("inside")
                    .isTrue();
            assertThat(pair.getValue().test(hit.point().plus(1e-6, hit.normal())))
                    .as("outside")
                    .isFalse();
        }
        assertThat(hits).isBetween(RAYS / 4, RAYS);
    }

    private static Vec3 point(SplittableRandom random) {
        return new Vec3(random.nextDouble(-1, 1), random.nextDouble(-1, 1), random.nextDouble(-1, 1));
    }

    private static double firstInside(Ray ray, Predicate<Vec3> inside) {
        for (double distance = 0; distance < 6; distance += STEP) {
            if (inside.test(ray.at(distance))) {
                return distance;
            }
        }
        return Double.POSITIVE_INFINITY;
    }

    @Test
    void slopesMatchTheirNormals() {
        Ray down = new Ray(new Vec3(0.4, 3, 0), new Vec3(0, -1, 0));

        Hit cone = new Cone(1, 0, 2).hit(down);
        Hit pyramid = new Pyramid(1, 0, 2).hit(down);

        for (Hit hit : List.of(cone, pyramid)) {
            assertThat(hit.distance()).isCloseTo(1.8, within(1e-15));
            assertThat(hit.normal().x()).isCloseTo(2 / Math.sqrt(5), within(1e-15));
            assertThat(hit.normal().y()).isCloseTo(1 / Math.sqrt(5), within(1e-15));
        }
    }

    @Test
    void aRayThatBeginsInAHoleMeetsItsWall() {
        Hit hit = new Cut(BLOCK, List.of(HOLE)).hit(new Ray(Vec3.ZERO, new Vec3(1, 0, 0)));

        assertThat(hit.distance()).isCloseTo(0.4, within(1e-15));
        assertThat(hit.normal().x()).isCloseTo(-1, within(1e-15));
    }

    @Test
    void aRayThroughAHolePasses() {
        assertThat(new Cut(BLOCK, List.of(HOLE)).hit(new Ray(new Vec3(0.1, 3, 0), new Vec3(0, -1, 0))))
                .isNull();
        assertThat(RING.hit(new Ray(OFF.plus(new Vec3(0, 2, 0)), new Vec3(0, -1, 0))))
                .isNull();
    }

    @Test
    void aRayJustAboveARingPassesAndOneJustBelowItsTopMeetsIt() {
        Vec3 along = new Vec3(-1, 0, 0);
        double top = OFF.y() + 0.3;

        assertThat(RING.hit(new Ray(new Vec3(3, top + 1e-6, OFF.z()), along))).isNull();
        Hit hit = RING.hit(new Ray(new Vec3(3, top - 1e-6, OFF.z()), along));
        assertThat(hit.normal().y()).isBetween(0.99999, 1.0);
    }

    @Test
    void solidsBehindTheRayAreNotHit() {
        Ray away = new Ray(new Vec3(0, 0, 3), new Vec3(0, 0, 1));

        assertThat(solids().map(pair -> pair.getKey().hit(away))).containsOnlyNulls();
    }

    @Test
    void theNearerPartIsHit() {
        Solid both = new Compound(List.of(
                new Compound.Part(new Sphere(Vec3.ZERO, 1), 4),
                new Compound.Part(new Sphere(new Vec3(0, 0, 2), 0.5), 7)));

        assertThat(both.hit(new Ray(new Vec3(0, 0, 5), new Vec3(0, 0, -1))).part())
                .isEqualTo(7);
        assertThat(both.hit(new Ray(new Vec3(0, 0, -5), new Vec3(0, 0, 1))).part())
                .isEqualTo(4);
    }
}
