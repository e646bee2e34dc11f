package dev.mmgen.shapes.solid;

/** A point, a direction, or a linear RGB colour. */
public record Vec3(double x, double y, double z) {

    /** The origin; black. */
    public static final Vec3 ZERO = new Vec3(0, 0, 0);

    /** Returns the sum. */
    public Vec3 plus(Vec3 other) {
        return new Vec3(x + other.x, y + other.y, z + other.z);
    }

    /** Returns this plus {@code factor} times the other. */
    public Vec3 plus(double factor, Vec3 other) {
        return new Vec3(x + factor * other.x, y + factor * other.y, z + factor * other.z);
    }

    /** Returns the difference. */
    public Vec3 minus(Vec3 other) {
        return new Vec3(x - other.x, y - other.y, z - other.z);
    }

    /** Returns a multiple. */
    public Vec3 times(double factor) {
        return new Vec3(x * factor, y * factor, z * factor);
    }

    /** Returns the products component by component: a colour in the light of another. */
    public Vec3 times(Vec3 other) {
        return new Vec3(x * other.x, y * other.y, z * other.z);
    }

    /** Returns the linear interpolation from this (0) to the other (1). */
    public Vec3 mix(Vec3 other, double share) {
        return new Vec3(x + share * (other.x - x), y + share * (other.y - y), z + share * (other.z - z));
    }

    /** Returns the scalar product. */
    public double dot(Vec3 other) {
        return x * other.x + y * other.y + z * other.z;
    }

    /** Returns the vector product. */
    public Vec3 cross(Vec3 other) {
        return new Vec3(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x);
    }

    /** Returns the length. */
    public double length() {
        return Math.sqrt(dot(this));
    }

    /** Returns the direction, of length 1; this must not be zero. */
    public Vec3 unit() {
        return times(1 / length());
    }
}
