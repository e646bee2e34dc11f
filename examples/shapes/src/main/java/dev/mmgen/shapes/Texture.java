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

        @Override
        double share(Vec3 at, Footprint pixel) {
            return 0;
        }
    },

    /** Layers across the y axis. */
    STRIPES {
        @Override
        double share(Vec3 at) {
            return at.y() - Math.floor(at.y()) < 0.5 ? 0 : 1;
        }

        @Override
        double share(Vec3 at, Footprint pixel) {
            return Waves.square(at.y(), pixel.along(Y));
        }
    },

    /** Cubes, every other one. */
    CHECKS {
        @Override
        double share(Vec3 at) {
            double sum = Math.floor(2 * at.x()) + Math.floor(2 * at.y()) + Math.floor(2 * at.z());
            return sum / 2 - Math.floor(sum / 2) > 0.25 ? 1 : 0;
        }

        @Override
        double share(Vec3 at, Footprint pixel) {
            double x = 1 - 2 * Waves.square(at.x(), pixel.along(X));
            double y = 1 - 2 * Waves.square(at.y(), pixel.along(Y));
            double z = 1 - 2 * Waves.square(at.z(), pixel.along(Z));
            return 0.5 - 0.5 * x * y * z;
        }
    },

    /** Soft irregular spots. */
    SPECKLE {
        @Override
        double share(Vec3 at) {
            return Math.clamp(5 * (Waves.noise(at.times(3)) - 0.45), 0.0, 1.0);
        }

        @Override
        double share(Vec3 at, Footprint pixel) {
            return share(at);
        }
    },

    /** Grain along the y axis: wavering layers across x, and fine fibres. */
    WOOD {
        @Override
        double share(Vec3 at, Footprint pixel) {
            double waver = Waves.noise(new Vec3(0.9 * at.x(), 0.22 * at.y(), 0.9 * at.z()));
            double layers = Waves.round(1.5 * at.x() + 0.6 * at.z() + 2.2 * waver, 1.9 * pixel.width());
            Vec3 fine = new Vec3(5 * at.x(), 0.5 * at.y(), 5 * at.z());
            double fibres = Waves.faded(Waves.noise(fine), 5 * pixel.width());
            return Math.clamp(0.7 * layers + 0.9 * fibres - 0.3, 0.0, 1.0);
        }
    },

    /** Soft clouds with thin veins. */
    MARBLE {
        @Override
        double share(Vec3 at, Footprint pixel) {
            double clouds = Waves.noise(at.times(1.1));
            double detail = Waves.faded(Waves.noise(at.times(2.7)), 2.7 * pixel.width());
            double wave = Waves.round(0.5 * at.x() + 0.35 * at.y() + 2.0 * clouds + 0.7 * detail, 2.5 * pixel.width());
            double vein = wave * wave * wave;
            return Math.clamp(0.35 * clouds + 0.75 * vein * vein, 0.0, 1.0);
        }
    };

    private static final Vec3 X = new Vec3(1, 0, 0);
    private static final Vec3 Y = new Vec3(0, 1, 0);
    private static final Vec3 Z = new Vec3(0, 0, 1);

    /** Returns the share of the second colour at a point, 0 to 1. */
    double share(Vec3 at) {
        return share(at, Footprint.NONE);
    }

    /** Returns the share of the second colour in a pixel, 0 to 1. */
    abstract double share(Vec3 at, Footprint pixel);
}
