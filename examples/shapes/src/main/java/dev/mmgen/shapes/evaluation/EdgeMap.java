package dev.mmgen.shapes.evaluation;

/**
 * The edges of a picture: a pixel is on an edge if it differs from the one to its right or from the one below.
 *
 * @param edges {@code [height, width]}
 */
record EdgeMap(boolean[] edges, int width, int height) {

    /** A larger difference of inverse depth, of a picture's range, is an edge: the ground's slope stays below it. */
    private static final double DEPTH_STEP = 0.06;

    /** Normals at a larger angle than 25° are an edge. */
    private static final double COSINE = 0.906;

    /** The test of two neighbours. */
    @FunctionalInterface
    private interface Difference {
        boolean between(int pixel, int other);
    }

    /** Returns the borders between labels. */
    static EdgeMap ofLabels(int[] labels, int width, int height) {
        return of((pixel, other) -> labels[pixel] != labels[other], width, height);
    }

    /** Returns where inverse depth, 0 to 1, jumps or normals turn; a normal of length 0 turns nowhere. */
    static EdgeMap ofSurfaces(float[] depth, float[] normals, int width, int height) {
        return of(
                (pixel, other) -> Math.abs(depth[pixel] - depth[other]) > DEPTH_STEP || turns(normals, pixel, other),
                width,
                height);
    }

    private static boolean turns(float[] normals, int pixel, int other) {
        double dot = 0;
        double square = 0;
        double otherSquare = 0;
        for (int axis = 0; axis < 3; axis++) {
            double a = normals[3 * pixel + axis];
            double b = normals[3 * other + axis];
            dot += a * b;
            square += a * a;
            otherSquare += b * b;
        }
        return square * otherSquare > 0 && dot < COSINE * Math.sqrt(square * otherSquare);
    }

    private static EdgeMap of(Difference difference, int width, int height) {
        boolean[] edges = new boolean[width * height];
        for (int pixel = 0; pixel < edges.length; pixel++) {
            boolean hasRight = pixel % width < width - 1;
            boolean hasBelow = pixel / width < height - 1;
            edges[pixel] = hasRight && difference.between(pixel, pixel + 1)
                    || hasBelow && difference.between(pixel, pixel + width);
        }
        return new EdgeMap(edges, width, height);
    }

    /** Returns how many pixels are on an edge. */
    int count() {
        int count = 0;
        for (boolean edge : edges) {
            count += edge ? 1 : 0;
        }
        return count;
    }

    /** Returns how many of this map's pixels have one of the other map no farther away, in rows and in columns. */
    int near(EdgeMap other, int pixels) {
        int count = 0;
        for (int pixel = 0; pixel < edges.length; pixel++) {
            count += edges[pixel] && other.touches(pixel, pixels) ? 1 : 0;
        }
        return count;
    }

    private boolean touches(int pixel, int reach) {
        int x = pixel % width;
        int y = pixel / width;
        for (int row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
            for (int column = Math.max(0, x - reach); column <= Math.min(width - 1, x + reach); column++) {
                if (edges[row * width + column]) {
                    return true;
                }
            }
        }
        return false;
    }
}
