package dev.mmgen.examples.shapes.solid;

import org.jspecify.annotations.Nullable;

/**
 * A lying ring: all points within {@code tube} of the circle of {@code radius} about the centre. A ray is followed in
 * steps of its distance to the surface, so that it cannot miss it, and the last step is Newton's.
 */
public record Torus(Vec3 centre, double radius, double tube) implements Solid {

    private static final double NEAR = 1e-4;
    private static final int MOST_STEPS = 256;

    @Override
    public @Nullable Hit hit(Ray ray) {
        Span around = new Cylinder(centre, radius + tube, tube).inside(ray);
        if (around == null || around.exit() < NEAREST) {
            return null;
        }
        double distance = Math.max(around.entry(), NEAREST);
        for (int step = 0; step < MOST_STEPS && distance < around.exit(); step++) {
            double gap = gap(ray.at(distance));
            if (gap < NEAR) {
                return refined(ray, distance);
            }
            distance += gap;
        }
        return null;
    }

    private @Nullable Hit refined(Ray ray, double start) {
        double distance = start;
        for (int step = 0; step < 4; step++) {
            Vec3 point = ray.at(distance);
            double speed = normal(point).dot(ray.direction());
            if (speed > -1e-3) {
                break;
            }
            distance -= gap(point) / speed;
        }
        Vec3 point = ray.at(distance);
        return distance < NEAREST ? null : new Hit(distance, point, normal(point), 0);
    }

    /** Returns the distance to the surface, negative inside. */
    private double gap(Vec3 point) {
        double x = point.x() - centre.x();
        double y = point.y() - centre.y();
        double z = point.z() - centre.z();
        double off = Math.sqrt(x * x + z * z) - radius;
        return Math.sqrt(off * off + y * y) - tube;
    }

    private Vec3 normal(Vec3 point) {
        double x = point.x() - centre.x();
        double y = point.y() - centre.y();
        double z = point.z() - centre.z();
        double out = Math.sqrt(x * x + z * z);
        double scale = (out - radius) / out;
        return new Vec3(x * scale, y, z * scale).unit();
    }
}
