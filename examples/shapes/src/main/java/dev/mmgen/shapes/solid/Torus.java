package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/**
 * A lying ring: all points within {@code tube} of the circle of {@code radius} about the centre. A ray is followed in
 * steps of its distance to the surface, so that it cannot miss it, and at last in Newton's steps, so that the hit is
 * exact.
 */
public record Torus(Vec3 centre, double radius, double tube) implements Solid {

    private static final double NEAR = 1e-4;
    private static final double TOUCHING = 5e-4;
    private static final double EXACT = 1e-12;
    private static final int MOST_STEPS = 256;
    private static final int MOST_NEWTON_STEPS = 20;

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
                Hit hit = near(ray, distance);
                if (hit != null) {
                    return hit;
                }
                gap = NEAR;
            }
            distance += gap;
        }
        return null;
    }

    @Override
    public boolean blocks(Ray ray) {
        Span around = new Cylinder(centre, radius + tube, tube).inside(ray);
        if (around == null || around.exit() < NEAREST) {
            return false;
        }
        double distance = Math.max(around.entry(), NEAREST);
        while (distance < around.exit()) {
            double gap = gap(ray.at(distance));
            if (gap < TOUCHING) {
                return true;
            }
            distance += gap;
        }
        return false;
    }

    /** Returns the hit that lies close ahead, or null if the ray only comes close. */
    private @Nullable Hit near(Ray ray, double start) {
        double distance = start;
        for (int step = 0; step < MOST_NEWTON_STEPS; step++) {
            Vec3 point = ray.at(distance);
            Vec3 normal = normal(point);
            double speed = normal.dot(ray.direction());
            if (speed >= 0) {
                return null;
            }
            double gap = gap(point);
            if (Math.abs(gap) < EXACT) {
                return distance < NEAREST ? null : new Hit(distance, point, normal, 0);
            }
            distance -= gap / speed;
        }
        return null;
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
