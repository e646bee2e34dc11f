package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;

/**
 * A pinhole camera.
 *
 * @param position in the world
 * @param right    the direction of the picture's rows, of length 1 like the others
 * @param up       opposite to the direction of its columns
 * @param forward  the optical axis
 * @param halfView the tangent of half the vertical angle of view
 */
public record Camera(Vec3 position, Vec3 right, Vec3 up, Vec3 forward, double halfView) {

    private static final Vec3 VERTICAL = new Vec3(0, 1, 0);

    /** Returns a camera that looks in a direction, upright. */
    static Camera looking(Vec3 position, Vec3 forward, double halfView) {
        Vec3 right = forward.cross(VERTICAL).unit();
        return new Camera(position, right, right.cross(forward), forward, halfView);
    }

    /** Returns the focal length in pixels, the same both ways; the optical axis meets the picture's middle. */
    public double focalLength(int height) {
        return height / (2 * halfView);
    }

    /** Returns the ray through a place of the picture, in half heights right of and above its middle. */
    Ray ray(double x, double y) {
        Vec3 way = forward.plus(x * halfView, right).plus(y * halfView, up);
        return new Ray(position, way.unit());
    }

    /** Returns a point or direction of the world in camera coordinates: x right, y up, z towards the viewer. */
    public Vec3 toCamera(Vec3 direction) {
        return new Vec3(direction.dot(right), direction.dot(up), -direction.dot(forward));
    }

    /** Returns where a ball appears: x and y in half heights, and its radius there. */
    Disc project(Vec3 centre, double radius) {
        Vec3 seen = toCamera(centre.minus(position));
        double scale = 1 / (-seen.z() * halfView);
        return new Disc(seen.x() * scale, seen.y() * scale, radius * scale, -seen.z());
    }

    /**
     * A ball in the picture, in half heights from its middle.
     *
     * @param depth along the optical axis, in scene units
     */
    record Disc(double x, double y, double radius, double depth) {

        double distance(Disc other) {
            double dx = x - other.x;
            double dy = y - other.y;
            return Math.sqrt(dx * dx + dy * dy);
        }
    }
}
