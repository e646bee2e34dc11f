package dev.mmgen.shapes.solid;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several solids as one. */
public record Compound(List<Part> parts) implements Solid {

    /**
     * A part of the compound.
     *
     * @param number the part in a {@link Hit}; several solids can share one
     */
    public record Part(Solid solid, int number) {}

    /** Copies the list. */
    public Compound {
        parts = List.copyOf(parts);
    }

    @Override
    public boolean blocks(Ray ray) {
        for (Part part : parts) {
            if (part.solid.blocks(ray)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public @Nullable Hit hit(Ray ray) {
        Hit nearest = null;
        for (Part part : parts) {
            Hit hit = part.solid.hit(ray);
            if (hit != null && (nearest == null || hit.distance() < nearest.distance())) {
                nearest = hit.ofPart(part.number);
            }
        }
        return nearest;
    }
}
