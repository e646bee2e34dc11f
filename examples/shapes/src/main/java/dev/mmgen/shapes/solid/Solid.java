package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/** A body, in coordinates of its own. Immutable. */
public sealed interface Solid permits Convex, Torus, HalfRing, Cut, Compound {

    /** The least distance of a hit: anything nearer is the surface that the ray has just left. */
    double NEAREST = 1e-6;

    /** Returns where a ray, which begins outside, first enters the solid; null if it misses. */
    @Nullable
    Hit hit(Ray ray);

    /** Returns true if a ray, which begins outside, meets the solid: as {@link #hit} at less cost, as shadows need it. */
    default boolean blocks(Ray ray) {
        return hit(ray) != null;
    }
}
