package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A cone on its flat side: the circle of {@code radius} at {@code y = base}, the tip at {@code y = tip}. */
public record Cone(double radius, double base, double tip) implements Convex {

    private static final Vec3 AXIS = new Vec3(0, 1, 0);

    @Override
    public @Nullable Span inside(Ray ray) {
        return Span.common(nappe(ray), Span.slab(ray, AXIS, base, tip));
    }

    private double slope() {
        return radius / (tip - base);
    }

    /** Returns the part inside the endless double cone that can lie below the tip. */
    private @Nullable Span nappe(Ray ray) {
        double k = slope() * slope();
        Vec3 start =
                new Vec3(ray.origin().x(), ray.origin().y() - tip, ray.origin().z());
        Vec3 way = ray.direction();
        double a = way.x() * way.x() + way.z() * way.z() - k * way.y() * way.y();
        double half = start.x() * way.x() + start.z() * way.z() - k * start.y() * way.y();
        double c = start.x() * start.x() + start.z() * start.z() - k * start.y() * start.y();
        double square = half * half - a * c;
        if (square <= 0 || a == 0) {
            return null;
        }
        double root = Math.sqrt(square);
        double first = Math.min((-half - root) / a, (-half + root) / a);
        double second = Math.max((-half - root) / a, (-half + root) / a);
        if (a > 0) {
            return new Span(first, normal(ray, first), second, normal(ray, second));
        }
        // Steeper than the cone: inside it before the first crossing and after the second, below the tip in one of
        // them.
        return way.y() < 0
                ? new Span(second, normal(ray, second), Double.POSITIVE_INFINITY, Vec3.ZERO)
                : new Span(Double.NEGATIVE_INFINITY, Vec3.ZERO, first, normal(ray, first));
    }

    private Vec3 normal(Ray ray, double distance) {
        Vec3 point = ray.at(distance);
        double outwards = Math.sqrt(point.x() * point.x() + point.z() * point.z());
        return outwards == 0 ? AXIS : new Vec3(point.x(), slope() * outwards, point.z()).unit();
    }
}
