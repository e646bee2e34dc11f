package dev.mmgen.shapes.solid;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A convex solid minus its holes. */
public record Cut(Convex body, List<Convex> holes) implements Solid {

    /** Copies the list. */
    public Cut {
        holes = List.copyOf(holes);
    }

    @Override
    public @Nullable Hit hit(Ray ray) {
        Span span = body.inside(ray);
        if (span == null || span.exit() < NEAREST) {
            return null;
        }
        // A ray can begin in a hole, within the body's outline.
        double distance = Math.max(span.entry(), NEAREST);
        Vec3 normal = span.entryNormal();
        for (Span hole = holeAt(ray, distance); hole != null; hole = holeAt(ray, distance)) {
            distance = hole.exit();
            normal = hole.exitNormal().times(-1);
        }
        return distance > NEAREST && distance < span.exit() ? new Hit(distance, ray.at(distance), normal, 0) : null;
    }

    private @Nullable Span holeAt(Ray ray, double distance) {
        for (Convex hole : holes) {
            Span span = hole.inside(ray);
            if (span != null && span.entry() <= distance && distance < span.exit()) {
                return span;
            }
        }
        return null;
    }
}
