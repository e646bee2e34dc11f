package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/** The functions that textures are made of: waves of period 1 and noise with one value per unit, means over a pixel. */
final class Waves {

    /** Narrower pixels are points. */
    private static final double POINT = 1e-6;

    private Waves() {}

    /** Returns the mean of a wave that is 0 in the first half of its period and 1 in the second. */
    static double square(double at, double width) {
        double half = Math.max(width, POINT) / 2;
        return (ones(at + half) - ones(at - half)) / (2 * half);
    }

    /** Returns the integral of the square wave. */
    private static double ones(double at) {
        double whole = Math.floor(at);
        return 0.5 * whole + Math.max(0, at - whole - 0.5);
    }

    /** Returns a smooth wave from 0 at whole numbers to 1 between them, fading to its mean where pixels are wide. */
    static double round(double at, double width) {
        double fraction = at - Math.floor(at);
        double ramp = 1 - Math.abs(2 * fraction - 1);
        return faded(ramp * ramp * (3 - 2 * ramp), width);
    }

    /** Returns a value of mean one half, or that mean if its period is no wider than two pixels. */
    static double faded(double value, double width) {
        double share = Math.clamp(2 - 3 * width, 0.0, 1.0);
        return 0.5 + share * (value - 0.5);
    }

    /** Returns smooth noise, 0 to 1: a random number at each whole point, mixed between them. */
    static double noise(Vec3 at) {
        long x = (long) Math.floor(at.x());
        long y = (long) Math.floor(at.y());
        long z = (long) Math.floor(at.z());
        double noise = 0;
        for (int corner = 0; corner < 8; corner++) {
            int dx = corner & 1;
            int dy = corner >> 1 & 1;
            int dz = corner >> 2;
            noise += weight(at.x() - x, dx)
                    * weight(at.y() - y, dy)
                    * weight(at.z() - z, dz)
                    * random(x + dx, y + dy, z + dz);
        }
        return noise;
    }

    private static double weight(double fraction, int corner) {
        double smooth = fraction * fraction * (3 - 2 * fraction);
        return corner == 0 ? 1 - smooth : smooth;
    }

    private static double random(long x, long y, long z) {
        long hash = x * 0x9e3779b97f4a7c15L ^ y * 0xbf58476d1ce4e5b9L ^ z * 0x94d049bb133111ebL;
        hash = (hash ^ hash >>> 29) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 32) * 0xc4ceb9fe1a85ec53L;
        return (hash >>> 11) * 0x1p-53;
    }
}
