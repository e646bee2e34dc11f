package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/**
 * The part of a line inside a convex body.
 *
 * @param entry       the distance at which the line enters; can be negative or infinite
 * @param entryNormal the surface's outward normal there
 * @param exit        the distance at which it leaves, larger than {@code entry}
 * @param exitNormal  the surface's outward normal there
 */
public record Span(double entry, Vec3 entryNormal, double exit, Vec3 exitNormal) {

    private static final Span ALL = new Span(Double.NEGATIVE_INFINITY, Vec3.ZERO, Double.POSITIVE_INFINITY, Vec3.ZERO);

    /** Returns the part at {@code from <= position . normal <= to}; {@code normal} has length 1. */
    static @Nullable Span slab(Ray ray, Vec3 normal, double from, double to) {
        double start = ray.origin().dot(normal);
        double speed = ray.direction().dot(normal);
        if (speed == 0) {
            return start >= from && start <= to ? ALL : null;
        }
        Vec3 opposite = normal.times(-1);
        return speed > 0
                ? new Span((from - start) / speed, opposite, (to - start) / speed, normal)
                : new Span((to - start) / speed, normal, (from - start) / speed, opposite);
    }

    /** Returns the part in the half-space {@code position . normal <= limit}; {@code normal} has length 1. */
    static @Nullable Span halfSpace(Ray ray, Vec3 normal, double limit) {
        double gap = limit - ray.origin().dot(normal);
        double speed = ray.direction().dot(normal);
        if (speed == 0) {
            return gap >= 0 ? ALL : null;
        }
        return speed > 0
                ? new Span(ALL.entry, ALL.entryNormal, gap / speed, normal)
                : new Span(gap / speed, normal, ALL.exit, ALL.exitNormal);
    }

    /** Returns the intersection of two spans, or null if it is empty. */
    static @Nullable Span common(@Nullable Span a, @Nullable Span b) {
        if (a == null || b == null) {
            return null;
        }
        Span later = a.entry >= b.entry ? a : b;
        Span sooner = a.exit <= b.exit ? a : b;
        return later.entry < sooner.exit
                ? new Span(later.entry, later.entryNormal, sooner.exit, sooner.exitNormal)
                : null;
    }

    /** Returns the span from the first entry to the last exit. */
    static @Nullable Span hull(@Nullable Span a, @Nullable Span b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        Span first = a.entry <= b.entry ? a : b;
        Span last = a.exit >= b.exit ? a : b;
        return new Span(first.entry, first.entryNormal, last.exit, last.exitNormal);
    }
}
