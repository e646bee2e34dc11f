package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The places of camera, wall and objects: the main solid large and whole in the picture, smaller ones that neither touch nor
 * hide it.
 */
record Framing(SceneRandom random) {

    private static final int ATTEMPTS = 60;

    /** The least radius in the picture, in half heights: 4.5 pixels of 64. */
    private static final double SMALLEST = 0.14;

    /**
     * Draws a camera. Its distance decides the size of the main solid in the picture, its direction the place.
     *
     * @param pitch how far down it looks, in radians
     * @param size  radius of the main solid's ball in the picture, in half heights
     */
    Camera camera(SceneObject main, double pitch, double halfView, double size) {
        double distance = Math.sqrt(1 + 1 / (size * halfView * size * halfView));
        Vec3 away = new Vec3(0, StrictMath.sin(pitch), StrictMath.cos(pitch));
        double room = 0.8 * (1 - size);
        double yaw = StrictMath.atan(halfView * random.between(-room, room));
        double nod = pitch + StrictMath.atan(halfView * random.between(-0.6 * room, 0.5 * room));
        Vec3 forward = new Vec3(
                StrictMath.sin(yaw) * StrictMath.cos(nod),
                -StrictMath.sin(nod),
                -StrictMath.cos(yaw) * StrictMath.cos(nod));
        return Camera.looking(main.position().plus(distance, away), forward, halfView);
    }

    /**
     * Returns the wall's distance behind the main solid if it shall meet the ground at a height of the picture, unless that is
     * too near or too far.
     *
     * @param height in half heights above the picture's middle
     */
    static double wallDistance(Camera camera, double height, double nearest) {
        Vec3 way = camera.ray(0, height).direction();
        Vec3 foot = camera.position().plus(-camera.position().y() / Math.min(way.y(), -1e-3), way);
        return Math.clamp(-foot.z(), nearest, 9.0);
    }

    /** Returns the form where it fits among the objects; null if no place was found. */
    @Nullable
    SceneObject place(SceneObject small, List<SceneObject> objects, Camera camera, Scene.Backdrop backdrop) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Vec3 place = new Vec3(random.between(-4, 4), small.form().rest(), random.between(-6, 3));
            SceneObject object = small.at(place);
            double clear = place.dot(backdrop.normal()) + backdrop.distance() - 0.7 * backdrop.curve();
            if (clear > small.form().radius() && fits(object, objects, camera)) {
                return object;
            }
        }
        return null;
    }

    private static boolean fits(SceneObject object, List<SceneObject> objects, Camera camera) {
        Camera.Disc disc = camera.project(object.position(), object.form().radius());
        SceneObject main = objects.getFirst();
        double largest =
                0.55 * camera.project(main.position(), main.form().radius()).radius();
        double margin = 0.96 - disc.radius();
        if (disc.depth() < 1
                || disc.radius() < SMALLEST
                || disc.radius() > largest
                || Math.abs(disc.x()) > margin
                || Math.abs(disc.y()) > margin) {
            return false;
        }
        for (SceneObject other : objects) {
            Camera.Disc otherDisc =
                    camera.project(other.position(), other.form().radius());
            // The farther one may show half of itself, no less.
            double hidden = disc.depth() < otherDisc.depth() ? disc.radius() : otherDisc.radius();
            boolean hides = other == main && disc.depth() < otherDisc.depth();
            double apart = hides ? disc.radius() + otherDisc.radius() : Math.max(hidden, 0.8 * otherDisc.radius());
            double reach = object.form().radius() + other.form().radius();
            if (object.position().minus(other.position()).length() < reach || disc.distance(otherDisc) < apart) {
                return false;
            }
        }
        return true;
    }
}
