package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.List;

/**
 * A scene: a camera, lamps, a wall, and objects on the ground, which is the plane {@code y = 0}.
 *
 * @param edition  of the world that it belongs to, which says how it is rendered
 * @param camera   the camera
 * @param lights   the lamps, the strongest first; the first edition has one
 * @param stage    ground and wall
 * @param objects  the main one first, then smaller ones; they touch the ground but not each other
 */
public record Scene(ShapesWorld edition, Camera camera, List<Light> lights, Stage stage, List<SceneObject> objects) {

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is no object, or no lamp
     */
    public Scene {
        lights = List.copyOf(lights);
        objects = List.copyOf(objects);
        if (objects.isEmpty() || lights.isEmpty()) {
            throw new IllegalArgumentException("a scene needs a main object and a lamp");
        }
    }

    /** Returns the same scene with other objects. */
    public Scene withObjects(List<SceneObject> newObjects) {
        return new Scene(edition, camera, lights, stage, newObjects);
    }

    /** Returns the same scene seen by another camera. */
    public Scene withCamera(Camera newCamera) {
        return new Scene(edition, newCamera, lights, stage, objects);
    }

    /** Returns the same scene under one other lamp. */
    public Scene withLight(Light light) {
        return withLights(List.of(light));
    }

    /** Returns the same scene under other lamps. */
    public Scene withLights(List<Light> newLights) {
        return new Scene(edition, camera, newLights, stage, objects);
    }

    /** Returns the same scene on another ground. */
    public Scene withGround(Ground newGround) {
        return new Scene(edition, camera, lights, new Stage(newGround, stage.backdrop), objects);
    }

    /** Returns the same scene before another wall. */
    public Scene withBackdrop(Backdrop newBackdrop) {
        return new Scene(edition, camera, lights, new Stage(stage.ground, newBackdrop), objects);
    }

    /** Returns the look of the ground. */
    public Ground ground() {
        return stage.ground;
    }

    /** Returns the wall at the back. */
    public Backdrop backdrop() {
        return stage.backdrop;
    }

    /** Returns the class of the scene: the category of its main object. */
    public Category category() {
        return objects.getFirst().category();
    }

    /** The surroundings of the objects: the ground that they stand on and the wall behind them. */
    public record Stage(Ground ground, Backdrop backdrop) {}

    /**
     * The light of a distant lamp, a rectangle, and the ambient light that comes with it.
     *
     * @param direction towards the lamp's middle, of length 1
     * @param across    from the middle to the lamp's edge
     * @param along     the same, orthogonal to {@code across}
     * @param colour    of the lamp, linear RGB
     * @param ambient   colour of the ambient light; that of several lamps adds up
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
            return material.colour(flat(at));
        }

        Vec3 colour(Vec3 at, Footprint pixel) {
            return material.colour(flat(at), new Footprint(flat(pixel.right()), flat(pixel.down())));
        }

        /** Stripes of a texture lie across y, which is level here. */
        private Vec3 flat(Vec3 at) {
            return new Vec3(at.dot(pattern.x()), at.dot(pattern.z()), 0);
        }
    }

    /**
     * An upright wall, which the ground may run into in a curve, as paper does in a studio.
     *
     * @param normal   towards the viewer, level, of length 1
     * @param distance of the wall from the world's origin, against the normal
     * @param curve    the radius of the curve between ground and wall; 0 for an edge. Its lower half is ground, its upper half
     *     wall
     * @param paint    the wall's colours
     */
    public record Backdrop(Vec3 normal, double distance, double curve, Paint paint) {

        /** Returns a wall of one colour that stands on the ground. */
        public static Backdrop plain(Vec3 normal, double distance, Vec3 colour) {
            return new Backdrop(normal, distance, 0, new Paint(colour, colour, 1));
        }

        Vec3 colour(Vec3 at) {
            return paint.foot.mix(paint.head, Math.clamp(at.y() / paint.height, 0.0, 1.0));
        }
    }

    /**
     * The colours of a wall, from its foot upwards.
     *
     * @param foot   at the ground, linear RGB
     * @param head   at {@code height}, and above
     * @param height in scene units
     */
    public record Paint(Vec3 foot, Vec3 head, double height) {}
}
