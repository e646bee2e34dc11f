package dev.mmgen.shapes.evaluation;

/**
 * The normals that follow from a picture of inverse depth. A pinhole camera sees a plane with normal (a, b, c) at inverse
 * depths {@code w ∝ -a X - b Y + c}, where (X, Y, -1) is the ray through a pixel: fitting a plane to {@code w} around a pixel
 * gives the normal there.
 *
 * <p>A depth picture hides two numbers that normals depend on: the inverse depth of its black, in units of the range to
 * white, and the angle of view. Both are searched for, once per picture, so that the normals fit given ones best.
 */
final class DepthNormals {

    /** Planes are fitted to squares of 5 x 5 pixels: the 256 levels of a picture are too coarse for smaller ones. */
    private static final int REACH = 2;

    /** The sum of the squares of x, and of y, over such a square. */
    private static final double SQUARES = 50;

    private static final double[] BLACKS = {
        0.02, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.3, 1.7, 2.3, 3
    };

    /** Tangents of half the vertical angles of view of the cameras. */
    private static final double[] HALF_VIEWS = {0.27, 0.31, 0.36, 0.42, 0.49};

    private final int width;
    private final int height;
    private final boolean[] inside;
    private final float[] level;
    private final float[] right;
    private final float[] up;

    /**
     * Fits the planes.
     *
     * @param levels inverse depth, 0 (black) to 1 (white), {@code [height, width]}
     * @param labels what each pixel belongs to: no plane is fitted across a border
     */
    DepthNormals(float[] levels, int[] labels, int width, int height) {
        this.width = width;
        this.height = height;
        inside = new boolean[levels.length];
        level = new float[levels.length];
        right = new float[levels.length];
        up = new float[levels.length];
        for (int y = REACH; y < height - REACH; y++) {
            for (int x = REACH; x < width - REACH; x++) {
                fit(levels, labels, y * width + x);
            }
        }
    }

    private void fit(float[] levels, int[] labels, int pixel) {
        double sum = 0;
        double across = 0;
        double down = 0;
        for (int dy = -REACH; dy <= REACH; dy++) {
            for (int dx = -REACH; dx <= REACH; dx++) {
                int neighbour = pixel + dy * width + dx;
                if (labels[neighbour] != labels[pixel]) {
                    return;
                }
                sum += levels[neighbour];
                across += dx * levels[neighbour];
                down += dy * levels[neighbour];
            }
        }
        inside[pixel] = true;
        int side = 2 * REACH + 1;
        level[pixel] = (float) (sum / (side * side));
        // Per half height of the picture.
        right[pixel] = (float) (across / SQUARES * height / 2);
        up[pixel] = (float) (-down / SQUARES * height / 2);
    }

    /** Returns a copy of the mask of pixels that have a plane. */
    boolean[] inside() {
        return inside.clone();
    }

    /**
     * Returns the normals that fit given ones best, not of length 1; 0 where there is no plane.
     *
     * @param normals {@code [height, width, 3]}
     */
    float[] fitted(float[] normals) {
        double bestBlack = BLACKS[0];
        double bestHalfView = HALF_VIEWS[0];
        double most = Double.NEGATIVE_INFINITY;
        for (double black : BLACKS) {
            for (double halfView : HALF_VIEWS) {
                double cosines = cosines(normals, black, halfView);
                if (cosines > most) {
                    most = cosines;
                    bestBlack = black;
                    bestHalfView = halfView;
                }
            }
        }
        return normals(bestBlack, bestHalfView);
    }

    private double cosines(float[] normals, double black, double halfView) {
        double sum = 0;
        for (int pixel = 0; pixel < level.length; pixel++) {
            if (inside[pixel]) {
                float[] shown = {normals[3 * pixel], normals[3 * pixel + 1], normals[3 * pixel + 2]};
                float[] own = normal(pixel, black, halfView);
                double squares = dot(own, own) * dot(shown, shown);
                sum += squares > 0 ? dot(own, shown) / Math.sqrt(squares) : 0;
            }
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        return (double) a[0] * b[0] + (double) a[1] * b[1] + (double) a[2] * b[2];
    }

    /**
     * Returns the normals for a camera.
     *
     * @param black    the inverse depth of level 0, where that of level 1 is larger by 1
     * @param halfView the tangent of half the vertical angle of view
     */
    float[] normals(double black, double halfView) {
        float[] normals = new float[3 * level.length];
        for (int pixel = 0; pixel < level.length; pixel++) {
            if (inside[pixel]) {
                System.arraycopy(normal(pixel, black, halfView), 0, normals, 3 * pixel, 3);
            }
        }
        return normals;
    }

    private float[] normal(int pixel, double black, double halfView) {
        double x = (2.0 * (pixel % width) + 1 - width) / height;
        double y = (height - 1 - 2.0 * (pixel / width)) / height;
        return new float[] {
            (float) (-right[pixel] / halfView),
            (float) (-up[pixel] / halfView),
            (float) (level[pixel] + black - x * right[pixel] - y * up[pixel])
        };
    }
}
