package dev.mmgen.geometry;

/**
 * The equations between inverse depths of neighbouring pixels that follow from their normals. Two points {@code P = r/w} and {@code P' = r'/w'}, seen in
 * the directions {@code r} and {@code r'} at inverse depths {@code w} and {@code w'}, lie on one smooth surface of the
 * mean normal {@code n} if {@code n·(P' − P) = 0}, which is {@code n·m (w − w') + n·d (w + w')/2 = 0} with the mean
 * direction {@code m} and the difference of the directions {@code d}: linear in the inverse depths.
 */
final class NormalSteps {

    private final NormalMap normals;
    private final int width;
    private final int stride;

    /**
     * @param stride distance of the two pixels of a pair
     */
    NormalSteps(NormalMap normals, int stride) {
        this.normals = normals;
        this.width = normals.width();
        this.stride = stride;
    }

    /** A receiver of pairs of pixels of one row or column. */
    @FunctionalInterface
    interface Listener {

        /**
         * @param first  pixel
         * @param second pixel, right of the first or below it
         * @param facing the mean normal's z
         * @param across the mean normal times the direction of their middle's offset from the optical axis, in pixels
         * @param along  the mean normal times the step between them, in pixels
         */
        void pair(int first, int second, double facing, double across, double along);
    }

    /** Passes all pairs to a receiver. */
    void forEach(Listener listener) {
        for (int y = 0; y < normals.height(); y++) {
            for (int x = 0; x < width; x++) {
                if (x + stride < width) {
                    pair(x, y, stride, 0, listener);
                }
                if (y + stride < normals.height()) {
                    pair(x, y, 0, stride, listener);
                }
            }
        }
    }

    private void pair(int x, int y, int right, int down, Listener listener) {
        int first = y * width + x;
        int second = first + right + down * width;
        double nx = mean(first, second, 0);
        double ny = mean(first, second, 1);
        double middleX = x + 0.5 * (1 + right) - width / 2.0;
        double middleY = normals.height() / 2.0 - y - 0.5 * (1 + down);
        listener.pair(first, second, mean(first, second, 2), nx * middleX + ny * middleY, nx * right - ny * down);
    }

    private double mean(int first, int second, int axis) {
        return (normals.values()[3 * first + axis] + normals.values()[3 * second + axis]) / 2;
    }
}
