package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** The points that two convex solids have in common. */
public record Common(Convex first, Convex second) implements Convex {

    /** Returns the part of a ball that lies above {@code y = floor}. */
    public static Common dome(Vec3 centre, double radius, double floor) {
        // The box reaches beyond the ball, so that only its lower face cuts it.
        double half = 2 * radius;
        Vec3 middle = new Vec3(centre.x(), floor + half, centre.z());
        return new Common(new Sphere(centre, radius), new Box(middle, new Vec3(half, half, half)));
    }

    @Override
    public @Nullable Span inside(Ray ray) {
        Span span = first.inside(ray);
        return span == null ? null : Span.common(span, second.inside(ray));
    }
}
