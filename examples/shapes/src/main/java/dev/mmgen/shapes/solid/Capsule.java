package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** All points within {@code radius} of the upright line of length {@code 2 half} about the origin. */
public record Capsule(double radius, double half) implements Convex {

    @Override
    public @Nullable Span inside(Ray ray) {
        Span caps = Span.hull(
                new Sphere(new Vec3(0, half, 0), radius).inside(ray),
                new Sphere(new Vec3(0, -half, 0), radius).inside(ray));
        return Span.hull(caps, new Cylinder(Vec3.ZERO, radius, half).inside(ray));
    }
}
