package dev.mmgen.image;

import java.util.Arrays;

/**
 * The source pixels that one direction of a resize takes, and their weights in fixed point. The order of the
 * operations and the roundings are Pillow's ({@code Resample.c}): horizontal first, 8-bit levels in between.
 */
final class FilterTaps {

    /** 32 bits, less 8 for the level and 2 for the sum's overshoot. */
    private static final int PRECISION_BITS = 32 - 8 - 2;

    private static final int HALF = 1 << (PRECISION_BITS - 1);

    private final int[] first;
    private final int[][] weights;

    FilterTaps(Resampling filter, int sourceSize, float from, float to, int size) {
        first = new int[size];
        weights = new int[size][];
        double scale = (double) (to - from) / size;
        double filterScale = Math.max(scale, 1);
        double support = filter.support() * filterScale;
        for (int i = 0; i < size; i++) {
            double centre = from + (i + 0.5) * scale;
            int start = Math.max((int) (centre - support + 0.5), 0);
            int end = Math.min((int) (centre + support + 0.5), sourceSize);
            double[] exact = new double[end - start];
            double sum = 0;
            for (int k = 0; k < exact.length; k++) {
                exact[k] = filter.weight((k + start - centre + 0.5) * (1 / filterScale));
                sum += exact[k];
            }
            first[i] = start;
            weights[i] = fixedPoint(exact, sum);
        }
    }

    private static int[] fixedPoint(double[] exact, double sum) {
        int[] fixed = new int[exact.length];
        for (int k = 0; k < exact.length; k++) {
            double weight = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << PRECISION_BITS);
            fixed[k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        return fixed;
    }

    RgbImage alongRows(RgbImage image) {
        int width = first.length;
        int height = image.height();
        byte[] source = image.bytes();
        byte[] target = new byte[RgbImage.byteCount(width, height)];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int row = y * image.width();
            for (int x = 0; x < width; x++) {
                int from = (row + first[x]) * 3;
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                for (int weight : weights[x]) {
                    red += (source[from] & 0xff) * weight;
                    green += (source[from + 1] & 0xff) * weight;
                    blue += (source[from + 2] & 0xff) * weight;
                    from += 3;
                }
                target[at++] = level(red);
                target[at++] = level(green);
                target[at++] = level(blue);
            }
        }
        return RgbImage.owning(width, height, target);
    }

    RgbImage alongColumns(RgbImage image) {
        int width = image.width();
        int height = first.length;
        int rowBytes = width * 3;
        byte[] source = image.bytes();
        byte[] target = new byte[RgbImage.byteCount(width, height)];
        int[] sums = new int[rowBytes];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, HALF);
            int from = first[y] * rowBytes;
            for (int weight : weights[y]) {
                for (int i = 0; i < rowBytes; i++) {
                    sums[i] += (source[from + i] & 0xff) * weight;
                }
                from += rowBytes;
            }
            for (int i = 0; i < rowBytes; i++) {
                target[y * rowBytes + i] = level(sums[i]);
            }
        }
        return RgbImage.owning(width, height, target);
    }

    private static byte level(int sum) {
        return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
    }
}
