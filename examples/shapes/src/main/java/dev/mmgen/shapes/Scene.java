package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.List;

/**
 * All there is to see. The ground is the plane {@code y = 0}.
 *
 * @param camera   where it is seen from
 * @param light    what it is seen by
 * @param ground   the ground's look
 * @param backdrop what stands behind
 * @param objects  the main one first, then smaller ones; they touch the ground and not one another
 */
public record Scene(Camera camera, Light light, Ground ground, Backdrop backdrop, List<SceneObject> objects) {

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no object
     */
    public Scene {
        objects = List.copyOf(objects);
        if (objects.isEmpty()) {
            throw new IllegalArgumentException("a scene needs a main object");
        }
    }

    /** Returns the class of the scene: what its main object is. */
    public Category category() {
        return objects.getFirst().category();
    }

    /**
     * A lamp far away, as a small disc, and the light from everywhere else.
     *
     * @param direction towards the lamp's middle, of length 1
     * @param across    from the middle to the disc's edge
     * @param along     the same at a right angle
     * @param colour    of the lamp, linear RGB
     * @param ambient   of the rest
     */
    public record Light(Vec3 direction, Vec3 across, Vec3 along, Vec3 colour, Vec3 ambient) {}

    /**
     * The ground's look.
     *
     * @param pattern the directions of its pattern, which is not seen from the side
     */
    public record Ground(Material material, Rotation pattern) {

        Vec3 colour(Vec3 at) {
            // The stripes of a texture lie across y, which is level here.
            return material.colour(new Vec3(at.dot(pattern.x()), at.dot(pattern.z()), 0));
        }
    }

    /**
     * An upright wall.
     *
     * @param normal   towards the viewer, level, of length 1
     * @param distance of the wall from the world's origin, against the normal
     * @param foot     its colour at the ground
     * @param head     its colour at {@code height}, and above
     */
    public record Backdrop(Vec3 normal, double distance, Vec3 foot, Vec3 head, double height) {

        Vec3 colour(Vec3 at) {
            return foot.mix(head, Math.clamp(at.y() / height, 0.0, 1.0));
        }
    }
}
