package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/**
 * The rotation of a solid, as the directions of its own axes in the world. They are orthogonal and of length 1.
 */
public record Rotation(Vec3 x, Vec3 y, Vec3 z) {

    private static final Vec3 UP = new Vec3(0, 1, 0);

    /** Returns the pose with the y axis up. */
    static Rotation standing(double angle) {
        Vec3 z = new Vec3(StrictMath.sin(angle), 0, StrictMath.cos(angle));
        return new Rotation(UP.cross(z), UP, z);
    }

    /** Returns the pose with the y axis level and the z axis up. At angle 0 the y axis points at the viewer. */
    static Rotation lying(double angle) {
        Vec3 y = new Vec3(StrictMath.sin(angle), 0, StrictMath.cos(angle));
        return new Rotation(y.cross(UP), y, UP);
    }

    Vec3 toWorld(Vec3 own) {
        return x.times(own.x()).plus(own.y(), y).plus(own.z(), z);
    }

    Vec3 toOwn(Vec3 world) {
        return new Vec3(world.dot(x), world.dot(y), world.dot(z));
    }
}
