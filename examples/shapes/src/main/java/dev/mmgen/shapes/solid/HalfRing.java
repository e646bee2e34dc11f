package dev.mmgen.shapes.solid;

import org.jspecify.annotations.Nullable;

/**
 * Half of an upright ring, on the side of larger x. Its ends are open: they belong inside the body that it is a handle of.
 *
 * @param centre of the whole ring, in the plane of its ends
 * @param radius of the circle in the middle of the tube
 * @param tube   the tube's own radius
 */
public record HalfRing(Vec3 centre, double radius, double tube) implements Solid {

    @Override
    public @Nullable Hit hit(Ray ray) {
        // The ring lies in its own coordinates and stands in these: y and z change places.
        Vec3 start = swapped(ray.origin().minus(centre));
        Vec3 way = swapped(ray.direction());
        if (start.x() <= 0 && way.x() <= 0) {
            return null;
        }
        double passed = start.x() <= 0 ? -start.x() / way.x() : 0;
        Hit hit = new Torus(Vec3.ZERO, radius, tube).hit(new Ray(start.plus(passed, way), way));
        if (hit == null || hit.point().x() < 0) {
            return null;
        }
        double distance = passed + hit.distance();
        return distance < NEAREST ? null : new Hit(distance, ray.at(distance), swapped(hit.normal()), 0);
    }

    private static Vec3 swapped(Vec3 vector) {
        return new Vec3(vector.x(), vector.z(), vector.y());
    }
}
