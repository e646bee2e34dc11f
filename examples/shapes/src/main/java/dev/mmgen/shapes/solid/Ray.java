package dev.mmgen.shapes.solid;

/**
 * A half-line.
 *
 * @param origin    its first point
 * @param direction of length 1
 */
public record Ray(Vec3 origin, Vec3 direction) {

    /** Returns the point at a distance from the origin. */
    public Vec3 at(double distance) {
        return origin.plus(distance, direction);
    }
}
