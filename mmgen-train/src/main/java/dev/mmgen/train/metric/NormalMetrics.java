package dev.mmgen.train.metric;

import dev.mmgen.image.RgbImage;
import java.util.Arrays;
import java.util.List;

/**
 * The angles between predicted and true surface normals (Eigen and Fergus, arXiv 1411.4734; the
 * smaller thresholds from Bae and Davison, arXiv 2403.00712). Figures of the whole run are over all pixels of all
 * images.
 *
 * <p>Vectors need not have length 1. A true vector of length 0 stands for a pixel without a normal, which does not count. A
 * predicted one of length 0 has no direction and counts as 90°, the mean angle to a random direction.
 * Not thread-safe.
 */
public final class NormalMetrics {

    /** The angles, in degrees, under which shares of pixels are counted. */
    public static final List<Double> THRESHOLDS = List.of(5.0, 7.5, 11.25, 22.5, 30.0);

    private final AngleTally total = new AngleTally();

    /** Scores an image of which every pixel with a true normal counts. */
    public NormalScore add(float[] predicted, float[] truth) {
        boolean[] all = new boolean[truth.length / 3];
        Arrays.fill(all, true);
        return add(predicted, truth, all);
    }

    /** Scores a picture of RGB-coded normals. */
    public NormalScore add(RgbImage predicted, RgbImage truth) {
        if (predicted.width() != truth.width() || predicted.height() != truth.height()) {
            throw new IllegalArgumentException("normals of " + predicted + " against a truth of " + truth);
        }
        return add(decode(predicted), decode(truth));
    }

    /**
     * Scores an image and adds its pixels to the total.
     *
     * @param predicted {@code [pixels, 3]} vectors
     * @param truth     {@code [pixels, 3]} vectors in the same coordinates
     * @param valid     which pixels count
     * @return the image's own figures, its median exact
     * @throws IllegalArgumentException if lengths differ, or a vector that counts is not finite
     */
    public NormalScore add(float[] predicted, float[] truth, boolean[] valid) {
        if (predicted.length != truth.length || truth.length % 3 != 0 || valid.length != truth.length / 3) {
            throw new IllegalArgumentException("normals of " + predicted.length + " predicted and " + truth.length
                    + " true numbers with a mask of " + valid.length + "; there must be three numbers a pixel");
        }
        double[] angles = new double[valid.length];
        int count = 0;
        for (int i = 0; i < valid.length; i++) {
            if (valid[i] && length(truth, i) > 0) {
                angles[count++] = degrees(predicted, truth, i);
            }
        }
        angles = Arrays.copyOf(angles, count);
        total.add(angles);
        AngleTally image = new AngleTally();
        image.add(angles);
        return image.score(AngleTally.median(angles));
    }

    /** Returns the figures over all pixels so far; the median is true to 0.01°. */
    public NormalScore total() {
        return total.score();
    }

    /**
     * Returns the unit vectors of RGB-coded normals: level 0 is −1 and 255 is 1 on each axis. A pixel whose three
     * levels are all 127 or 128 codes the zero vector: no normal.
     *
     * @return {@code [height, width, 3]}
     */
    public static float[] decode(RgbImage picture) {
        byte[] rgb = picture.rgb();
        float[] normals = new float[rgb.length];
        for (int i = 0; i < rgb.length; i += 3) {
            int x = 2 * (rgb[i] & 0xff) - 255;
            int y = 2 * (rgb[i + 1] & 0xff) - 255;
            int z = 2 * (rgb[i + 2] & 0xff) - 255;
            double squared = x * x + y * y + z * z;
            if (squared > 3) {
                double length = Math.sqrt(squared);
                normals[i] = (float) (x / length);
                normals[i + 1] = (float) (y / length);
                normals[i + 2] = (float) (z / length);
            }
        }
        return normals;
    }

    /** By both sine and cosine, which stays exact where the arc cosine does not: at small angles. */
    private static double degrees(float[] predicted, float[] truth, int pixel) {
        if (length(predicted, pixel) == 0) {
            return 90;
        }
        int i = 3 * pixel;
        double ax = predicted[i];
        double ay = predicted[i + 1];
        double az = predicted[i + 2];
        double bx = truth[i];
        double by = truth[i + 1];
        double bz = truth[i + 2];
        double cross = Math.hypot(Math.hypot(ay * bz - az * by, az * bx - ax * bz), ax * by - ay * bx);
        return Math.toDegrees(Math.atan2(cross, ax * bx + ay * by + az * bz));
    }

    private static double length(float[] normals, int pixel) {
        int i = 3 * pixel;
        double length = Math.hypot(Math.hypot(normals[i], normals[i + 1]), normals[i + 2]);
        if (!Double.isFinite(length)) {
            throw new IllegalArgumentException("the normal of pixel " + pixel + " is (" + normals[i] + ", "
                    + normals[i + 1] + ", " + normals[i + 2] + ")");
        }
        return length;
    }
}
