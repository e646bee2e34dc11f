package dev.mmgen.shapes;

import java.util.Arrays;

/**
 * The share of each lamp, and of the light from all around, at every pixel of a picture. Shadows are soft and free of noise:
 * neighbouring pixels look at different parts of a lamp, and those of one face share what they saw. What is lit or dark at the
 * corners of a small square is so within it; the light from all around changes so slowly that a quarter of the pixels will do.
 */
final class LightMap {

    /** The cosine of the angle by which a face may turn from a pixel to the next. */
    private static final double ONE_FACE = 0.9;

    private final int width;
    private final int height;
    private final Surface[] surfaces;
    private final SoftLight light;
    /** True for a pixel of the same face as its neighbours above and below, left and right. */
    private final boolean[] inside;

    private final double[][] lit;
    private final double[] open;

    /**
     * Computes the light.
     *
     * @param surfaces that the pixels' centres show, row by row
     */
    LightMap(Surface[] surfaces, int width, SoftLight light, int lamps) {
        this.width = width;
        this.height = surfaces.length / width;
        this.surfaces = surfaces;
        this.light = light;
        this.inside = inside();
        this.lit = new double[lamps][];
        for (int lamp = 0; lamp < lamps; lamp++) {
            lit[lamp] = shared(lamp(lamp), 1);
        }
        this.open = upsampled(shared(sparse(), 2));
    }

    /** Returns the shares of all lamps at a pixel. */
    double[] lit(int pixel) {
        double[] shares = new double[lit.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = lit[i][pixel];
        }
        return shares;
    }

    /** Returns the share of the light from all around at a pixel. */
    double open(int pixel) {
        return open[pixel];
    }

    private double[] lamp(int lamp) {
        double[] values = new double[surfaces.length];
        for (int y = 0; y < height; y += 2) {
            for (int x = 0; x < width; x += 2) {
                int pixel = y * width + x;
                values[pixel] = light.lit(surfaces[pixel], lamp, 0);
            }
        }
        for (int y = 0; y < height; y++) {
            for (int x = 1 - (y & 1); x < width; x += 2 - (y & 1)) {
                int pixel = y * width + x;
                double around = around(values, x, y);
                values[pixel] =
                        around == 0 || around == 1 ? around : light.lit(surfaces[pixel], lamp, 2 * (y & 1) + (x & 1));
            }
        }
        return values;
    }

    /** Returns the value that all even pixels around have in common, or -1 if there is none. */
    private double around(double[] values, int x, int y) {
        int left = x & ~1;
        int top = y & ~1;
        int right = left + (x & 1) * 2;
        int bottom = top + (y & 1) * 2;
        if (right >= width || bottom >= height) {
            return -1;
        }
        double value = values[top * width + left];
        Surface here = surfaces[y * width + x];
        for (int row = top; row <= bottom; row += 2) {
            for (int column = left; column <= right; column += 2) {
                int pixel = row * width + column;
                if (values[pixel] != value || !sameFace(here, surfaces[pixel])) {
                    return -1;
                }
            }
        }
        return value;
    }

    /** Returns the light from all around at every other pixel of every other row; {@code NaN} elsewhere. */
    private double[] sparse() {
        double[] values = new double[surfaces.length];
        Arrays.fill(values, Double.NaN);
        for (int y = 0; y < height; y += 2) {
            for (int x = 0; x < width; x += 2) {
                int pixel = y * width + x;
                values[pixel] = light.open(surfaces[pixel], (y & 2) + (x >> 1 & 1));
            }
        }
        return values;
    }

    /** Mixes each pixel with its neighbours on the same face, some pixels away; every phase gets the same weight. */
    private double[] shared(double[] values, int step) {
        double[] mixed = new double[values.length];
        for (int y = 0; y < height; y += step) {
            for (int x = 0; x < width; x += step) {
                int pixel = y * width + x;
                mixed[pixel] = mixed(values, x, y, step);
            }
        }
        return mixed;
    }

    private double mixed(double[] values, int x, int y, int step) {
        int pixel = y * width + x;
        double value = values[pixel];
        boolean uniform = true;
        for (int row = Math.max(y - step, y % step); row <= Math.min(y + step, height - 1); row += step) {
            for (int column = Math.max(x - step, x % step); column <= Math.min(x + step, width - 1); column += step) {
                uniform &= values[row * width + column] == value;
            }
        }
        if (uniform) {
            return value;
        }
        double sum = 0;
        double weights = 0;
        for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
                int other = neighbour(pixel, dx * step, dy * step);
                if (other >= 0 && sameFace(surfaces[pixel], surfaces[other])) {
                    double weight = (2 - Math.abs(dx)) * (2 - Math.abs(dy));
                    sum += weight * values[other];
                    weights += weight;
                }
            }
        }
        return sum / weights;
    }

    private double[] upsampled(double[] sparse) {
        double[] values = new double[sparse.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = y * width + x;
                values[pixel] = (x & 1) == 0 && (y & 1) == 0 ? sparse[pixel] : between(sparse, x, y);
            }
        }
        return values;
    }

    private double between(double[] sparse, int x, int y) {
        Surface here = surfaces[y * width + x];
        double sum = 0;
        int count = 0;
        for (int row = y & ~1; row <= Math.min(y + (y & 1), height - 1); row += 2) {
            for (int column = x & ~1; column <= Math.min(x + (x & 1), width - 1); column += 2) {
                int pixel = row * width + column;
                if (sameFace(here, surfaces[pixel])) {
                    sum += sparse[pixel];
                    count++;
                }
            }
        }
        return count > 0 ? sum / count : alone(here);
    }

    /** Returns the light from all around at a surface of which there is no other pixel. */
    double alone(Surface surface) {
        double sum = 0;
        for (int phase = 0; phase < SoftLight.PHASES; phase++) {
            sum += light.open(surface, phase);
        }
        return sum / SoftLight.PHASES;
    }

    /** Returns the pixel at or beside a place whose centre is on the same face as a surface, the closest; else -1. */
    int alike(Surface surface, int pixel) {
        int best = -1;
        double closest = Double.POSITIVE_INFINITY;
        for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
                int other = neighbour(pixel, dx, dy);
                if (other >= 0 && sameFace(surface, surfaces[other])) {
                    double away = surfaces[other].point().minus(surface.point()).length();
                    if (away < closest) {
                        closest = away;
                        best = other;
                    }
                }
            }
        }
        return best;
    }

    /** Returns true if a neighbour above, below or beside shows another face. */
    boolean atEdge(int pixel) {
        return !inside[pixel];
    }

    private boolean[] inside() {
        boolean[] same = new boolean[surfaces.length];
        Arrays.fill(same, true);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = y * width + x;
                join(same, pixel, x + 1 < width ? pixel + 1 : pixel);
                join(same, pixel, y + 1 < height ? pixel + width : pixel);
            }
        }
        return same;
    }

    private void join(boolean[] same, int pixel, int other) {
        Surface a = surfaces[pixel];
        Surface b = surfaces[other];
        // The distance off the face depends on whose normal it is taken along, so both are asked.
        same[pixel] &= sameFace(a, b);
        same[other] &= sameFace(b, a);
    }

    /** Returns a pixel's neighbour, or -1 outside of the picture. */
    private int neighbour(int pixel, int dx, int dy) {
        int x = pixel % width + dx;
        int y = pixel / width + dy;
        return x < 0 || y < 0 || x >= width || y >= height ? -1 : y * width + x;
    }

    private static boolean sameFace(Surface a, Surface b) {
        return a.instance() == b.instance()
                && a.part() == b.part()
                && a.normal().dot(b.normal()) > ONE_FACE
                && Math.abs(a.normal().dot(b.point().minus(a.point()))) < 0.04 + 0.004 * a.distance();
    }
}
