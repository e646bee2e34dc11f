package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A pyramid on a square of edge {@code 2 half} at {@code y = base}, its tip at {@code y = tip}. */
public record Pyramid(double half, double base, double tip) implements Convex {

    private static final Vec3 AXIS = new Vec3(0, 1, 0);

    @Override
    public @Nullable Span inside(Ray ray) {
        double height = tip - base;
        double length = Math.sqrt(height * height + half * half);
        double flat = height / length;
        double up = half / length;
        double limit = up * tip;
        Span span = Span.slab(ray, AXIS, base, tip);
        span = Span.common(span, Span.halfSpace(ray, new Vec3(flat, up, 0), limit));
        span = Span.common(span, Span.halfSpace(ray, new Vec3(-flat, up, 0), limit));
        span = Span.common(span, Span.halfSpace(ray, new Vec3(0, up, flat), limit));
        return Span.common(span, Span.halfSpace(ray, new Vec3(0, up, -flat), limit));
    }
}
