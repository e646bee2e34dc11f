package dev.mmgen.shapes.solid;

/**
 * The point at which a ray enters a solid.
 *
 * @param distance from the ray's origin, positive
 * @param point    on the surface
 * @param normal   outwards, of length 1
 * @param part     the number of the part of a {@link Compound}, else 0
 */
public record Hit(double distance, Vec3 point, Vec3 normal, int part) {

    Hit ofPart(int number) {
        return new Hit(distance, point, normal, number);
    }
}
