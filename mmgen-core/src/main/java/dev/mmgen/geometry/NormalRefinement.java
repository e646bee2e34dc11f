package dev.mmgen.geometry;

import dev.mmgen.image.RgbImage;
import java.util.Arrays;

/**
 * A refinement of depth beyond the 256 levels of its picture: within each segment it follows the normals, and stays near the
 * picture. Least squares over the inverse depths, in which both are linear, solved by successive over-relaxation.
 *
 * @param smoothness weight of a pair of neighbours that contradicts the normals, against one pixel that contradicts the
 *     picture; 0 leaves the picture as it is
 */
public record NormalRefinement(double smoothness) {

    /** Surfaces join smoothly over about five pixels. */
    public static final NormalRefinement DEFAULT = new NormalRefinement(25);

    private static final int ROUNDS = 60;
    private static final double OVER_RELAXATION = 1.5;

    /** Pairs that differ by more of the picture's range than this from what follows from the normals are edges. */
    private static final double EDGE = 6 / 255.0;

    /**
     * @throws IllegalArgumentException if the smoothness is negative or not finite
     */
    public NormalRefinement {
        if (!(smoothness >= 0) || Double.isInfinite(smoothness)) {
            throw new IllegalArgumentException("a smoothness of " + smoothness + "; it must be 0 or more, and finite");
        }
    }

    /**
     * Returns the depth of a picture.
     *
     * @throws IllegalArgumentException if sizes differ
     */
    public DepthMap apply(RgbImage depth, NormalMap normals, Segments segments, DepthFit fit) {
        int width = depth.width();
        int height = depth.height();
        if (normals.width() != width
                || normals.height() != height
                || segments.width() != width
                || segments.height() != height) {
            throw new IllegalArgumentException(
                    "depth of " + width + " x " + height + " pixels, normals of " + normals.width() + " x "
                            + normals.height() + " and segments of " + segments.width() + " x " + segments.height()
                            + "; they must have one size");
        }
        float[] nearness = DepthUnprojection.nearness(depth);
        double shift =
                fit.range().near() / Math.max(fit.range().far() - fit.range().near(), 1e-9);
        Equations equations = new Equations(nearness, shift);
        double inverse = 1 / fit.camera().focalLength();
        new NormalSteps(normals, 1).forEach((first, second, facing, across, along) -> {
            if (segments.labels()[first] == segments.labels()[second]) {
                double direct = across * inverse - facing;
                equations.add(first, second, direct + along * inverse / 2, direct - along * inverse / 2);
            }
        });
        equations.solve();
        for (int i = 0; i < nearness.length; i++) {
            // What the normals pull beyond black stays at a positive depth.
            nearness[i] = (float) (Math.max(equations.value[i], shift / 2) - shift);
        }
        return fit.range().depth(nearness, width, height);
    }

    /** {@code value[i] = start[i]} for each pixel and {@code one·value[i] = other·value[j]} for each pair. */
    private final class Equations {

        private final double[] start;
        private final double[] value;
        private final int[][] partner;
        private final double[][] product;
        private final double[] square;

        Equations(float[] nearness, double shift) {
            start = new double[nearness.length];
            for (int i = 0; i < start.length; i++) {
                start[i] = nearness[i] + shift;
            }
            value = start.clone();
            partner = new int[4][start.length];
            product = new double[4][start.length];
            square = new double[start.length];
            Arrays.fill(square, 1);
        }

        void add(int first, int second, double one, double other) {
            if (Math.abs(one * start[first] - other * start[second]) > EDGE) {
                return;
            }
            int down = second - first == 1 ? 0 : 2;
            link(down, first, second, one, other);
            link(down + 1, second, first, other, one);
        }

        private void link(int side, int pixel, int neighbour, double own, double others) {
            partner[side][pixel] = neighbour;
            product[side][pixel] = smoothness * own * others;
            square[pixel] += smoothness * own * own;
        }

        void solve() {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < value.length; i++) {
                    double sum = start[i];
                    for (int side = 0; side < partner.length; side++) {
                        sum += product[side][i] * value[partner[side][i]];
                    }
                    value[i] += OVER_RELAXATION * (sum / square[i] - value[i]);
                }
            }
        }
    }
}
