package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/** The patterns of a surface's second colour. They fill space, with one period or spot per unit. */
public enum Texture {

    /** No pattern. */
    PLAIN {
        @Override
        double share(Vec3 at) {
            return 0;
        }
    },

    /** Layers across the y axis. */
    STRIPES {
        @Override
        double share(Vec3 at) {
            return at.y() - Math.floor(at.y()) < 0.5 ? 0 : 1;
        }
    },

    /** Cubes, every other one. */
    CHECKS {
        @Override
        double share(Vec3 at) {
            double sum = Math.floor(2 * at.x()) + Math.floor(2 * at.y()) + Math.floor(2 * at.z());
            return sum / 2 - Math.floor(sum / 2) > 0.25 ? 1 : 0;
        }
    },

    /** Soft irregular spots. */
    SPECKLE {
        @Override
        double share(Vec3 at) {
            Vec3 fine = at.times(3);
            long x = (long) Math.floor(fine.x());
            long y = (long) Math.floor(fine.y());
            long z = (long) Math.floor(fine.z());
            double noise = 0;
            for (int corner = 0; corner < 8; corner++) {
                int dx = corner & 1;
                int dy = corner >> 1 & 1;
                int dz = corner >> 2;
                noise += weight(fine.x() - x, dx)
                        * weight(fine.y() - y, dy)
                        * weight(fine.z() - z, dz)
                        * noise(x + dx, y + dy, z + dz);
            }
            return Math.clamp(5 * (noise - 0.45), 0.0, 1.0);
        }
    };

    /** Returns the share of the second colour at a point, 0 to 1. */
    abstract double share(Vec3 at);

    private static double weight(double fraction, int corner) {
        double smooth = fraction * fraction * (3 - 2 * fraction);
        return corner == 0 ? 1 - smooth : smooth;
    }

    private static double noise(long x, long y, long z) {
        long hash = x * 0x9e3779b97f4a7c15L ^ y * 0xbf58476d1ce4e5b9L ^ z * 0x94d049bb133111ebL;
        hash = (hash ^ hash >>> 29) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 32) * 0xc4ceb9fe1a85ec53L;
        return (hash >>> 11) * 0x1p-53;
    }
}
