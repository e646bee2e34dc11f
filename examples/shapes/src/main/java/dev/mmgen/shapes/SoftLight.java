package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Convex;
import dev.mmgen.shapes.solid.Hit;
import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;

/**
 * The light that reaches a surface past the objects of a scene: from lamps that have a size, and from all around. Rays of
 * four {@linkplain #PHASES phases} complete each other: pixels of a 2 × 2 square take one each, and their mean has four times
 * as many.
 */
final class SoftLight {

    /** The number of sets of rays. */
    static final int PHASES = 4;

    private static final int LAMP_RAYS = 8;
    private static final int SKY_RAYS = 8;
    private static final double CLEARANCE = 2e-3;

    /** Beyond this, in scene units, objects do not darken a surface. */
    private static final double REACH = 2.2;

    /** Points of the unit ball's surface, spread evenly in each phase and in all. */
    private static final Vec3[] SKY = sky();

    private final Scene scene;

    /** Directions to a lamp's points, by lamp and object, in the object's own coordinates. */
    private final Vec3[][][] lamps;

    private final double[] spreads;

    SoftLight(Scene scene) {
        this.scene = scene;
        int count = scene.lights().size();
        this.lamps = new Vec3[count][scene.objects().size()][];
        this.spreads = new double[count];
        for (int i = 0; i < count; i++) {
            Scene.Light light = scene.lights().get(i);
            spreads[i] = light.across().length() + light.along().length();
            Vec3[] directions = directions(light);
            for (int k = 0; k < lamps[i].length; k++) {
                Rotation pose = scene.objects().get(k).form().pose();
                lamps[i][k] = new Vec3[directions.length];
                for (int ray = 0; ray < directions.length; ray++) {
                    lamps[i][k][ray] = pose.toOwn(directions[ray]);
                }
            }
        }
    }

    /** Points of a lamp in the order of a sequence whose pieces cover it evenly (Roberts, 2018). */
    private static Vec3[] directions(Scene.Light light) {
        Vec3[] directions = new Vec3[PHASES * LAMP_RAYS];
        for (int i = 0; i < directions.length; i++) {
            double u = fraction(0.5 + i * 0.7548776662466927);
            double v = fraction(0.5 + i * 0.5698402909980532);
            directions[i] = light.direction()
                    .plus(2 * u - 1, light.across())
                    .plus(2 * v - 1, light.along())
                    .unit();
        }
        return directions;
    }

    private static Vec3[] sky() {
        Vec3[] points = new Vec3[PHASES * SKY_RAYS];
        for (int i = 0; i < points.length; i++) {
            double height = 2 * fraction(0.5 + i * 0.7548776662466927) - 1;
            double angle = 2 * Math.PI * fraction(i * 0.5698402909980532);
            double level = Math.sqrt(1 - height * height);
            points[i] = new Vec3(level * StrictMath.cos(angle), height, level * StrictMath.sin(angle));
        }
        return points;
    }

    private static double fraction(double value) {
        return value - Math.floor(value);
    }

    /** Returns the share of a lamp that a surface sees, 0 to 1. */
    double lit(Surface surface, int lamp, int phase) {
        Vec3 middle = scene.lights().get(lamp).direction();
        if (surface.normal().dot(middle) <= 0) {
            return 0;
        }
        Vec3 start = surface.point().plus(CLEARANCE, surface.normal());
        int hidden = 0;
        for (int k = 0; k < lamps[lamp].length; k++) {
            SceneObject object = scene.objects().get(k);
            if (shades(object, surface, start, middle, spreads[lamp])) {
                Vec3 own = object.form().pose().toOwn(start.minus(object.position()));
                for (int i = 0; i < LAMP_RAYS; i++) {
                    if ((hidden & 1 << i) == 0 && blocks(object, own, lamps[lamp][k][phase * LAMP_RAYS + i])) {
                        hidden |= 1 << i;
                    }
                }
            }
        }
        return 1 - Integer.bitCount(hidden) / (double) LAMP_RAYS;
    }

    private static boolean blocks(SceneObject object, Vec3 start, Vec3 way) {
        double along = start.dot(way);
        double radius = object.form().radius();
        double outside = start.dot(start) - radius * radius;
        boolean reaches = (along < 0 || outside < 0) && outside < along * along;
        return reaches && object.form().solid().blocks(new Ray(start, way));
    }

    /** Returns false if an object surely hides nothing of a lamp. */
    private static boolean shades(SceneObject object, Surface surface, Vec3 start, Vec3 lamp, double spread) {
        if (object == surface.object() && object.form().solid() instanceof Convex) {
            return false;
        }
        Vec3 way = object.position().minus(start);
        double along = way.dot(lamp);
        double radius = object.form().radius();
        double reach = radius + spread * (Math.max(along, 0) + radius);
        return along > -radius && way.dot(way) - along * along < reach * reach;
    }

    /** Returns the share of the light from all around that objects near by leave, 0 to 1. */
    double open(Surface surface, int phase) {
        Vec3 start = surface.point().plus(CLEARANCE, surface.normal());
        double[] dark = null;
        for (SceneObject object : scene.objects()) {
            if (!near(object, surface, start)) {
                continue;
            }
            dark = dark == null ? new double[SKY_RAYS] : dark;
            for (int i = 0; i < SKY_RAYS; i++) {
                // The normal plus a point of the unit ball: rays are as frequent as the cosine of their angle.
                Vec3 way =
                        surface.normal().plus(0.999, SKY[phase * SKY_RAYS + i]).unit();
                Hit hit = object.hit(new Ray(start, way));
                if (hit != null && hit.distance() < REACH) {
                    double share = hit.distance() / REACH;
                    dark[i] = Math.max(dark[i], 1 - share * share);
                }
            }
        }
        if (dark == null) {
            return 1;
        }
        double sum = 0;
        for (double ray : dark) {
            sum += ray;
        }
        return 1 - sum / SKY_RAYS;
    }

    private static boolean near(SceneObject object, Surface surface, Vec3 start) {
        if (object == surface.object() && object.form().solid() instanceof Convex) {
            return false;
        }
        Vec3 way = object.position().minus(start);
        double radius = object.form().radius();
        return way.dot(way) < (radius + REACH) * (radius + REACH) && way.dot(surface.normal()) > -radius;
    }
}
