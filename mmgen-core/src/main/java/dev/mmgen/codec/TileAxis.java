package dev.mmgen.codec;

import java.util.Arrays;

/**
 * The tiles of an image in one direction, of one length and spread evenly. At each pixel the weights of all tiles sum to 1;
 * where two tiles overlap they are linear ramps.
 *
 * @param length of each tile, in pixels
 * @param starts the first pixel of each tile, ascending
 * @param total  length of the image, in pixels
 */
record TileAxis(int length, int[] starts, int total) {

    static TileAxis of(int total, Tiling tiling) {
        if (total <= tiling.size()) {
            return new TileAxis(total, new int[] {0}, total);
        }
        int stride = tiling.size() - tiling.overlap();
        int count = Math.ceilDiv(total - tiling.overlap(), stride);
        int[] starts = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = Math.toIntExact((long) i * (total - tiling.size()) / (count - 1));
        }
        return new TileAxis(tiling.size(), starts, total);
    }

    /** Returns the same tiles on an image that is larger by a factor. */
    TileAxis scaledUp(int factor) {
        int[] scaled = Arrays.stream(starts)
                .map(start -> Math.multiplyExact(start, factor))
                .toArray();
        return new TileAxis(Math.multiplyExact(length, factor), scaled, Math.multiplyExact(total, factor));
    }

    int count() {
        return starts.length;
    }

    /** Returns the weight of each pixel of a tile. */
    float[] weights(int tile) {
        float[] weights = new float[length];
        for (int i = 0; i < length; i++) {
            int pixel = starts[tile] + i;
            double sum = 0;
            for (int other = 0; other < count(); other++) {
                sum += rawWeight(other, pixel);
            }
            weights[i] = (float) (rawWeight(tile, pixel) / sum);
        }
        return weights;
    }

    /**
     * Returns a pixel's distance to the nearest border that a tile has inside the image: the tile's weight there, before
     * the weights are scaled to sum to 1.
     */
    private double rawWeight(int tile, int pixel) {
        int i = pixel - starts[tile];
        if (i < 0 || i >= length) {
            return 0;
        }
        double fromStart = tile == 0 ? length : i + 0.5;
        double fromEnd = tile == count() - 1 ? length : length - i - 0.5;
        return Math.min(fromStart, fromEnd);
    }
}
