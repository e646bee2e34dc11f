package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A ball. */
public record Sphere(Vec3 centre, double radius) implements Convex {

    @Override
    public boolean blocks(Ray ray) {
        Vec3 start = ray.origin().minus(centre);
        double half = start.dot(ray.direction());
        double square = radius * radius - start.dot(start) + half * half;
        return square > 0 && -half - Math.sqrt(square) >= NEAREST;
    }

    @Override
    public @Nullable Span inside(Ray ray) {
        Vec3 start = ray.origin().minus(centre);
        double half = start.dot(ray.direction());
        // The squared distance of the line, by components: the difference of two large squares would lose digits.
        Vec3 nearest = start.plus(-half, ray.direction());
        double square = radius * radius - nearest.dot(nearest);
        if (square <= 0) {
            return null;
        }
        double root = Math.sqrt(square);
        return new Span(
                -half - root,
                nearest.plus(-root, ray.direction()).times(1 / radius),
                -half + root,
                nearest.plus(root, ray.direction()).times(1 / radius));
    }
}
