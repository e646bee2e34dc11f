package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;

/**
 * The part of a surface that a pixel shows, as a parallelogram: how far the surface point moves when the picture's point moves
 * a pixel right, and a pixel down. Patterns finer than that are blurred instead of aliasing.
 */
record Footprint(Vec3 right, Vec3 down) {

    /** A point. */
    static final Footprint NONE = new Footprint(Vec3.ZERO, Vec3.ZERO);

    /**
     * Returns the parallelogram in a plane.
     *
     * @param ray      that meets the plane
     * @param distance at which it does
     * @param rightRay change of the ray's direction from a pixel to its right neighbour
     * @param downRay  the same to the neighbour below
     */
    static Footprint of(Ray ray, double distance, Vec3 normal, Vec3 rightRay, Vec3 downRay) {
        // Near a silhouette the parallelogram is endless; a tenth is as blurred as can be.
        double facing = Math.min(ray.direction().dot(normal), -0.1);
        return new Footprint(
                moved(ray, distance, normal, facing, rightRay), moved(ray, distance, normal, facing, downRay));
    }

    private static Vec3 moved(Ray ray, double distance, Vec3 normal, double facing, Vec3 change) {
        return change.times(distance).plus(-distance * change.dot(normal) / facing, ray.direction());
    }

    Footprint times(double factor) {
        return new Footprint(right.times(factor), down.times(factor));
    }

    Footprint in(Rotation axes) {
        return new Footprint(axes.toOwn(right), axes.toOwn(down));
    }

    /** Returns the width of the pixel's shadow on a direction. */
    double along(Vec3 direction) {
        double x = right.dot(direction);
        double y = down.dot(direction);
        return 1.2 * Math.sqrt(x * x + y * y);
    }

    /** Returns the width of the whole. */
    double width() {
        return Math.sqrt(right.dot(right) + down.dot(down));
    }
}
