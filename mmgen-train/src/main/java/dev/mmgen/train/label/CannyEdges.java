package dev.mmgen.train.label;

import dev.mmgen.image.RgbImage;
import java.util.ArrayDeque;

/**
 * The edge detector of J. Canny, "A Computational Approach to Edge Detection" (1986): smoothing, gradients, their ridges,
 * and of these the strong ones with the weak ones connected to them. Its edges are a modality to train that needs no model
 * (arXiv 2503.20644, new modalities).
 *
 * <p>Gradients are Sobel's, divided by 8, so that they are in levels per pixel: a step of 100 levels has a gradient of 50
 * before smoothing. Each pixel takes the channel with the greatest gradient.
 *
 * @param sigma of the Gaussian that smooths the picture, in pixels, 0 to 50; 0 for none
 * @param low   the least gradient of an edge's pixels, in levels per pixel, above 0
 * @param high  the gradient that an edge reaches somewhere, in levels per pixel, at least {@code low}
 */
public record CannyEdges(double sigma, double low, double high) {

    /** For pictures of 64 to 256 pixels a side: lightly smoothed; rims of shadows are edges, soft shading is not. */
    public static final CannyEdges DEFAULT = new CannyEdges(1, 6, 15);

    private static final double WIDEST = 50;
    private static final byte WHITE = (byte) 255;

    /** The tangent of 22.5 degrees, where directions are divided into four. */
    private static final double TURN = Math.sqrt(2) - 1;

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public CannyEdges {
        if (!(sigma >= 0 && sigma <= WIDEST)) {
            throw new IllegalArgumentException(
                    "setting 'sigma' is " + sigma + " pixels; it must be from 0 to " + WIDEST);
        }
        if (!(low > 0 && low <= high) || Double.isInfinite(high)) {
            throw new IllegalArgumentException("settings 'low' and 'high' are " + low + " and " + high
                    + " levels per pixel; 'low' must be above 0 and at most 'high'");
        }
    }

    /** Returns a copy with another smoothing. */
    public CannyEdges withSigma(double pixels) {
        return new CannyEdges(pixels, low, high);
    }

    /** Returns a copy with other thresholds, in levels per pixel. */
    public CannyEdges withThresholds(double weak, double strong) {
        return new CannyEdges(sigma, weak, strong);
    }

    /** Returns the edges of a picture, white on black. */
    public RgbImage of(RgbImage picture) {
        Gradients gradients = new Gradients(picture, sigma);
        byte[] edges = new byte[3 * gradients.size.length];
        ArrayDeque<Integer> front = new ArrayDeque<>();
        for (int pixel = 0; pixel < gradients.size.length; pixel++) {
            if (gradients.size[pixel] >= high && gradients.isRidge(pixel)) {
                mark(pixel, edges, front);
            }
        }
        while (!front.isEmpty()) {
            int pixel = front.remove();
            for (int y = -1; y <= 1; y++) {
                for (int x = -1; x <= 1; x++) {
                    int neighbour = gradients.neighbour(pixel, x, y);
                    if (edges[3 * neighbour] == 0 && gradients.size[neighbour] >= low && gradients.isRidge(neighbour)) {
                        mark(neighbour, edges, front);
                    }
                }
            }
        }
        return RgbImage.of(picture.width(), picture.height(), edges);
    }

    private static void mark(int pixel, byte[] edges, ArrayDeque<Integer> front) {
        edges[3 * pixel] = WHITE;
        edges[3 * pixel + 1] = WHITE;
        edges[3 * pixel + 2] = WHITE;
        front.add(pixel);
    }

    /** The gradient of a picture at each pixel. */
    private static final class Gradients {

        private final int width;
        private final int height;
        private final float[] size;
        private final float[] right;
        private final float[] down;

        Gradients(RgbImage picture, double sigma) {
            width = picture.width();
            height = picture.height();
            size = new float[width * height];
            right = new float[size.length];
            down = new float[size.length];
            byte[] rgb = picture.rgb();
            for (int channel = 0; channel < 3; channel++) {
                float[] plane = new float[size.length];
                for (int i = 0; i < plane.length; i++) {
                    plane[i] = rgb[3 * i + channel] & 0xff;
                }
                take(smooth(plane, sigma));
            }
        }

        private float[] smooth(float[] plane, double sigma) {
            if (sigma == 0) {
                return plane;
            }
            float[] weights = new float[2 * (int) Math.ceil(3 * sigma) + 1];
            float sum = 0;
            for (int i = 0; i < weights.length; i++) {
                double distance = (i - weights.length / 2) / sigma;
                weights[i] = (float) Math.exp(-distance * distance / 2);
                sum += weights[i];
            }
            for (int i = 0; i < weights.length; i++) {
                weights[i] /= sum;
            }
            return convolve(convolve(plane, weights, 1, 0), weights, 0, 1);
        }

        private float[] convolve(float[] plane, float[] weights, int x, int y) {
            float[] result = new float[plane.length];
            for (int pixel = 0; pixel < plane.length; pixel++) {
                for (int i = 0; i < weights.length; i++) {
                    int offset = i - weights.length / 2;
                    result[pixel] += weights[i] * plane[neighbour(pixel, offset * x, offset * y)];
                }
            }
            return result;
        }

        /** Keeps a channel's gradients where they are the greatest so far. */
        private void take(float[] plane) {
            for (int pixel = 0; pixel < plane.length; pixel++) {
                float x = 0;
                float y = 0;
                for (int side = -1; side <= 1; side++) {
                    int weight = side == 0 ? 2 : 1;
                    x += weight * (plane[neighbour(pixel, 1, side)] - plane[neighbour(pixel, -1, side)]);
                    y += weight * (plane[neighbour(pixel, side, 1)] - plane[neighbour(pixel, side, -1)]);
                }
                float length = (float) Math.sqrt(x * x + y * y) / 8;
                if (length > size[pixel]) {
                    size[pixel] = length;
                    right[pixel] = x;
                    down[pixel] = y;
                }
            }
        }

        /** Returns the index of a pixel near another; outside of the picture its rim is repeated. */
        int neighbour(int pixel, int x, int y) {
            int column = Math.clamp(pixel % width + x, 0, width - 1);
            int row = Math.clamp(pixel / width + y, 0, height - 1);
            return row * width + column;
        }

        /** Returns true if neither neighbour along a pixel's gradient is steeper; of two equal ones, only one is a ridge. */
        boolean isRidge(int pixel) {
            float x = Math.abs(right[pixel]);
            float y = Math.abs(down[pixel]);
            int stepX = x > TURN * y ? 1 : 0;
            int stepY = y <= TURN * x ? 0 : stepX == 0 || right[pixel] * down[pixel] > 0 ? 1 : -1;
            float before = at(pixel, -stepX, -stepY);
            float after = at(pixel, stepX, stepY);
            return size[pixel] > before && size[pixel] >= after;
        }

        private float at(int pixel, int x, int y) {
            int neighbour = neighbour(pixel, x, y);
            return neighbour == pixel ? 0 : size[neighbour];
        }
    }
}
