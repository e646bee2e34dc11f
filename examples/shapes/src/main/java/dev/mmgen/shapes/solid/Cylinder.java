package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A cylinder with flat ends, {@code half} its height up and down from the centre. */
public record Cylinder(Vec3 centre, double radius, double half) implements Convex {

    private static final Vec3 AXIS = new Vec3(0, 1, 0);

    @Override
    public @Nullable Span inside(Ray ray) {
        return Span.common(tube(ray, centre, radius), Span.slab(ray, AXIS, centre.y() - half, centre.y() + half));
    }

    @Override
    public boolean blocks(Ray ray) {
        double x = ray.origin().x() - centre.x();
        double y = ray.origin().y() - centre.y();
        double z = ray.origin().z() - centre.z();
        Vec3 way = ray.direction();
        double speed = way.x() * way.x() + way.z() * way.z();
        double along = x * way.x() + z * way.z();
        double square = along * along - speed * (x * x + z * z - radius * radius);
        if (square <= 0) {
            return false;
        }
        double root = Math.sqrt(square);
        double inverse = 1 / way.y();
        double reach = half * Math.abs(inverse);
        double entry = Math.max((-along - root) / speed, -y * inverse - reach);
        double exit = Math.min((-along + root) / speed, -y * inverse + reach);
        return entry >= NEAREST && entry < exit;
    }

    /** Returns the part of a line inside an endless upright tube. */
    static @Nullable Span tube(Ray ray, Vec3 centre, double radius) {
        double x = ray.origin().x() - centre.x();
        double z = ray.origin().z() - centre.z();
        double dx = ray.direction().x();
        double dz = ray.direction().z();
        double speed = dx * dx + dz * dz;
        double inner = radius * radius - x * x - z * z;
        if (speed == 0) {
            return inner >= 0
                    ? new Span(Double.NEGATIVE_INFINITY, Vec3.ZERO, Double.POSITIVE_INFINITY, Vec3.ZERO)
                    : null;
        }
        double half = x * dx + z * dz;
        double square = half * half + speed * inner;
        if (square <= 0) {
            return null;
        }
        double root = Math.sqrt(square);
        double entry = (-half - root) / speed;
        double exit = (-half + root) / speed;
        return new Span(
                entry, new Vec3((x + entry * dx) / radius, 0, (z + entry * dz) / radius),
                exit, new Vec3((x + exit * dx) / radius, 0, (z + exit * dz) / radius));
    }
}
