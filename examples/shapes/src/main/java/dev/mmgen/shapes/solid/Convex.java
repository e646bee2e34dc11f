package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A solid that a line enters and leaves once at most. */
public sealed interface Convex extends Solid permits Sphere, Box, Cylinder, Cone, Pyramid, Capsule, Common, Polyhedron {

    /** Returns the part of the ray's whole line inside the solid, or null if there is none. */
    @Nullable
    Span inside(Ray ray);

    @Override
    default @Nullable Hit hit(Ray ray) {
        Span span = inside(ray);
        if (span == null || span.entry() < NEAREST) {
            return null;
        }
        return new Hit(span.entry(), ray.at(span.entry()), span.entryNormal(), 0);
    }
}
