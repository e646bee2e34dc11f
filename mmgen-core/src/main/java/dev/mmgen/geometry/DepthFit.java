package dev.mmgen.geometry;

import dev.mmgen.image.RgbImage;

/**
 * The camera and the range of depth on which a picture of relative depth and one of normals agree. Inverse depth is the
 * picture plus a shift, times a scale. The scale is the unit of length, which no image tells, but normals tell the shift: it
 * follows from a least-squares fit of {@code n·(P' − P) = 0} over pairs of pixels near each other, in which edges of
 * objects, where that does not hold, lose their weight round by round. The focal length, which normals tell too, is found by
 * search.
 *
 * @param camera given or found
 * @param range  the depths of white and black; white is at 1
 */
public record DepthFit(PinholeCamera camera, DepthUnprojection range) {

    private static final double NARROWEST = 10;
    private static final double WIDEST = 110;
    private static final double USUAL = 45;

    /** The search tries nine angles that are so far apart, then nine around the best, and so on down to the finest. */
    private static final double COARSEST = 9;

    private static final double FINEST = 0.3;
    private static final double NARROWING = 3;
    private static final int STEPS = 4;

    /** The shift, in widths of the whole range, where the farthest is 40 times as far as the nearest. */
    private static final double DEEPEST = 1 / 39.0;

    /** The same where it is 1.02 times as far. */
    private static final double FLATTEST = 50;

    /** The shift where pictures do not determine it: the farthest is three times as far as the nearest. */
    private static final double UNKNOWN = 0.5;

    /**
     * Finds the range of depth for a known camera.
     *
     * @throws IllegalArgumentException if sizes differ
     */
    public static DepthFit of(RgbImage depth, NormalMap normals, PinholeCamera camera) {
        requireSize(depth, camera.width(), camera.height(), "the camera's pictures have");
        return of(new Pairs(depth, normals), camera);
    }

    /**
     * Finds the range of depth and the camera, whose field of view is from 10 to 110 degrees. Where the
     * pictures do not determine them, as with a wall seen straight on, they are 45 degrees and 1 to 3.
     *
     * @throws IllegalArgumentException if sizes differ
     */
    public static DepthFit of(RgbImage depth, NormalMap normals) {
        Pairs pairs = new Pairs(depth, normals);
        double best = USUAL;
        double least = pairs.cost(camera(depth, best));
        for (double step = COARSEST; step >= FINEST; step /= NARROWING) {
            double middle = best;
            for (int i = -STEPS; i <= STEPS; i++) {
                double angle = Math.clamp(middle + i * step, NARROWEST, WIDEST);
                double cost = pairs.cost(camera(depth, angle));
                if (cost < least) {
                    least = cost;
                    best = angle;
                }
            }
        }
        return of(pairs, camera(depth, best));
    }

    private static PinholeCamera camera(RgbImage depth, double angle) {
        return PinholeCamera.withFieldOfView(depth.width(), depth.height(), angle);
    }

    private static DepthFit of(Pairs pairs, PinholeCamera camera) {
        double shift = pairs.shift(1 / camera.focalLength());
        double bounded = Double.isFinite(shift) ? Math.clamp(shift, DEEPEST, FLATTEST) : UNKNOWN;
        return new DepthFit(camera, new DepthUnprojection(1, (1 + bounded) / bounded));
    }

    private static void requireSize(RgbImage depth, int width, int height, String whose) {
        if (depth.width() != width || depth.height() != height) {
            throw new IllegalArgumentException("the depth picture has " + depth.width() + " x " + depth.height()
                    + " pixels, but " + whose + " " + width + " x " + height);
        }
    }

    /** For each pair, {@code f·(first + shift·second) = target} with f, one over the focal length. */
    private static final class Pairs {

        private static final int ROUNDS = 12;

        /** Measured on scenes of known cameras: nearer pixels drown in the steps of levels, farther ones in edges. */
        private static final int STRIDE = 3;

        /** An error of two levels; larger ones lose weight. */
        private static final double USUAL_ERROR = 2 / 255.0;

        private final double[] first;
        private final double[] second;
        private final double[] target;
        private int count;

        Pairs(RgbImage depth, NormalMap normals) {
            requireSize(depth, normals.width(), normals.height(), "the normals have");
            int most = Math.multiplyExact(2, normals.width() * normals.height());
            first = new double[most];
            second = new double[most];
            target = new double[most];
            float[] nearness = DepthUnprojection.nearness(depth);
            new NormalSteps(normals, STRIDE).forEach((one, other, facing, across, along) -> {
                double step = nearness[one] - nearness[other];
                first[count] = step * across + along * (nearness[one] + nearness[other]) / 2;
                second[count] = along;
                target[count] = step * facing;
                count++;
            });
        }

        /** Returns the shift for one over a focal length; not finite if the normals do not determine it. */
        double shift(double inverse) {
            double shift = UNKNOWN;
            for (int round = 0; round < ROUNDS; round++) {
                double square = 0;
                double product = 0;
                for (int i = 0; i < count; i++) {
                    double slope = inverse * second[i];
                    double weight = 1 / (1 + squareError(i, inverse, shift));
                    square += weight * slope * slope;
                    product += weight * slope * (target[i] - inverse * first[i]);
                }
                shift = product / square;
            }
            return shift;
        }

        /** Returns how much speaks against a camera, where an edge counts little more than a small error. */
        double cost(PinholeCamera camera) {
            double inverse = 1 / camera.focalLength();
            double shift = shift(inverse);
            double cost = 0;
            for (int i = 0; i < count; i++) {
                cost += Math.log1p(squareError(i, inverse, shift));
            }
            return cost;
        }

        /** Returns the square of a pair's error, in usual errors. */
        private double squareError(int pair, double inverse, double shift) {
            double error = (inverse * (first[pair] + shift * second[pair]) - target[pair]) / USUAL_ERROR;
            return error * error;
        }
    }
}
