package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A cuboid along the axes; {@code half} holds half its edges. */
public record Box(Vec3 centre, Vec3 half) implements Convex {

    private static final Vec3[] UPPER = {new Vec3(1, 0, 0), new Vec3(0, 1, 0), new Vec3(0, 0, 1)};
    private static final Vec3[] LOWER = {UPPER[0].times(-1), UPPER[1].times(-1), UPPER[2].times(-1)};

    @Override
    public @Nullable Span inside(Ray ray) {
        double entry = Double.NEGATIVE_INFINITY;
        double exit = Double.POSITIVE_INFINITY;
        Vec3 entryNormal = Vec3.ZERO;
        Vec3 exitNormal = Vec3.ZERO;
        for (int axis = 0; axis < 3; axis++) {
            double start = part(ray.origin(), axis);
            double speed = part(ray.direction(), axis);
            double from = part(centre, axis) - part(half, axis);
            double to = part(centre, axis) + part(half, axis);
            if (speed == 0) {
                if (start < from || start > to) {
                    return null;
                }
                continue;
            }
            double first = ((speed > 0 ? from : to) - start) / speed;
            double last = ((speed > 0 ? to : from) - start) / speed;
            if (first > entry) {
                entry = first;
                entryNormal = speed > 0 ? LOWER[axis] : UPPER[axis];
            }
            if (last < exit) {
                exit = last;
                exitNormal = speed > 0 ? UPPER[axis] : LOWER[axis];
            }
            if (entry >= exit) {
                return null;
            }
        }
        return new Span(entry, entryNormal, exit, exitNormal);
    }

    @Override
    public boolean blocks(Ray ray) {
        double entry = Double.NEGATIVE_INFINITY;
        double exit = Double.POSITIVE_INFINITY;
        for (int axis = 0; axis < 3; axis++) {
            double start = part(ray.origin(), axis) - part(centre, axis);
            double inverse = 1 / part(ray.direction(), axis);
            double reach = part(half, axis) * Math.abs(inverse);
            double middle = -start * inverse;
            entry = Math.max(entry, middle - reach);
            exit = Math.min(exit, middle + reach);
        }
        return entry >= NEAREST && entry < exit;
    }

    private static double part(Vec3 vector, int axis) {
        return axis == 0 ? vector.x() : axis == 1 ? vector.y() : vector.z();
    }
}
