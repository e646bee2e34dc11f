package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Hit;
import dev.mmgen.shapes.solid.Vec3;
import org.jspecify.annotations.Nullable;

/**
 * The surface point at which a ray ends.
 *
 * @param distance from the ray's origin
 * @param point    in the world
 * @param normal   in the world, towards the viewer
 * @param instance as in {@link Rendering#instances}
 * @param object   the object that it belongs to; null for ground and backdrop
 * @param hit      in the object's own coordinates; null for ground and backdrop
 */
record Surface(
        double distance,
        Vec3 point,
        Vec3 normal,
        int instance,
        @Nullable SceneObject object,
        @Nullable Hit hit) {

    Vec3 ownColour() {
        return object == null || hit == null ? Vec3.ZERO : object.colour(hit);
    }

    Vec3 ownColour(Footprint pixel) {
        return object == null || hit == null ? Vec3.ZERO : object.colour(hit, pixel);
    }

    /** Returns the part of the object; 0 for ground and backdrop. */
    int part() {
        return hit == null ? 0 : hit.part();
    }

    double gloss() {
        return object == null || hit == null ? 0 : object.material(hit).gloss();
    }
}
