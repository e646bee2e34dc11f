package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A body, in coordinates of its own. Immutable. */
public sealed interface Solid permits Convex, Torus, Cut, Compound {

    /** What lies nearer to a ray's origin does not count: the surface that the ray has just left. */
    double NEAREST = 1e-6;

    /** Returns where a ray, which begins outside, enters the solid first; null if it passes. */
    @Nullable
    Hit hit(Ray ray);
}
