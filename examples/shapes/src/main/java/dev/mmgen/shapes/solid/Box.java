package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A cuboid along the axes; {@code half} holds half its edges. */
public record Box(Vec3 centre, Vec3 half) implements Convex {

    private static final Vec3 X = new Vec3(1, 0, 0);
    private static final Vec3 Y = new Vec3(0, 1, 0);
    private static final Vec3 Z = new Vec3(0, 0, 1);

    @Override
    public @Nullable Span inside(Ray ray) {
        Span across = Span.slab(ray, X, centre.x() - half.x(), centre.x() + half.x());
        Span upright = Span.slab(ray, Y, centre.y() - half.y(), centre.y() + half.y());
        Span along = Span.slab(ray, Z, centre.z() - half.z(), centre.z() + half.z());
        return Span.common(Span.common(across, upright), along);
    }
}
