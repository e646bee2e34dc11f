package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.List;

/**
 * A scene: a camera, a lamp, a wall, and objects on the ground, which is the plane {@code y = 0}.
 *
 * @param camera   the camera
 * @param light    the light
 * @param ground   the look of the ground
 * @param backdrop the wall at the back
 * @param objects  the main one first, then smaller ones; they touch the ground but not each other
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

    /** Returns the same scene with other objects. */
    public Scene withObjects(List<SceneObject> newObjects) {
        return new Scene(camera, light, ground, backdrop, newObjects);
    }

    /** Returns the same scene seen by another camera. */
    public Scene withCamera(Camera newCamera) {
        return new Scene(newCamera, light, ground, backdrop, objects);
    }

    /** Returns the same scene under another light. */
    public Scene withLight(Light newLight) {
        return new Scene(camera, newLight, ground, backdrop, objects);
    }

    /** Returns the same scene on another ground. */
    public Scene withGround(Ground newGround) {
        return new Scene(camera, light, newGround, backdrop, objects);
    }

    /** Returns the same scene before another wall. */
    public Scene withBackdrop(Backdrop newBackdrop) {
        return new Scene(camera, light, ground, newBackdrop, objects);
    }

    /** Returns the class of the scene: the category of its main object. */
    public Category category() {
        return objects.getFirst().category();
    }

    /**
     * The light: a distant lamp, which is a small disc, and ambient light.
     *
     * @param direction towards the lamp's middle, of length 1
     * @param across    from the middle to the disc's edge
     * @param along     the same, orthogonal to {@code across}
     * @param colour    of the lamp, linear RGB
     * @param ambient   colour of the ambient light
     */
    public record Light(Vec3 direction, Vec3 across, Vec3 along, Vec3 colour, Vec3 ambient) {

        /** Returns the light of a lamp that is a point, whose shadows have sharp edges. */
        public static Light sharp(Vec3 direction, Vec3 colour, Vec3 ambient) {
            return new Light(direction, Vec3.ZERO, Vec3.ZERO, colour, ambient);
        }
    }

    /**
     * The look of the ground.
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

        /** Returns a wall of one colour. */
        public static Backdrop plain(Vec3 normal, double distance, Vec3 colour) {
            return new Backdrop(normal, distance, colour, colour, 1);
        }

        Vec3 colour(Vec3 at) {
            return foot.mix(head, Math.clamp(at.y() / height, 0.0, 1.0));
        }
    }
}
