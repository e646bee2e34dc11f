package dev.mmgen.geometry;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.RgbImage;

/**
 * A direction for each pixel, in which its surface faces, in camera coordinates.
 *
 * @param width  columns
 * @param height rows
 * @param values {@code [height, width, 3]}: x right, y up, z towards the viewer, of length 1; not copied
 */
public record NormalMap(int width, int height, float[] values) {

    /**
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public NormalMap {
        if (width < 1 || height < 1 || 3L * width * height != values.length) {
            throw new IllegalArgumentException("a normal map of " + width + " x " + height
                    + " pixels needs three values for each, not " + values.length);
        }
    }

    /** Returns the size, for example {@code NormalMap[64x64]}. */
    @Override
    public String toString() {
        return "NormalMap[" + width + "x" + height + "]";
    }

    /** Reads normals from a picture, where red, green and blue from 0 to 255 are x, y and z from −1 to 1. */
    public static NormalMap of(RgbImage picture) {
        byte[] rgb = picture.rgb();
        float[] values = new float[rgb.length];
        for (int i = 0; i < rgb.length; i += 3) {
            put(
                    values,
                    i,
                    (rgb[i] & 0xff) / 127.5 - 1,
                    (rgb[i + 1] & 0xff) / 127.5 - 1,
                    (rgb[i + 2] & 0xff) / 127.5 - 1);
        }
        return new NormalMap(picture.width(), picture.height(), values);
    }

    /** Reads normals from a decoded picture, whose three channels are x, y and z from −1 to 1. */
    public static NormalMap of(FloatImage picture) {
        float[] chw = picture.values();
        int plane = chw.length / 3;
        float[] values = new float[chw.length];
        for (int i = 0; i < plane; i++) {
            put(values, 3 * i, chw[i], chw[plane + i], chw[2 * plane + i]);
        }
        return new NormalMap(picture.width(), picture.height(), values);
    }

    /** Returns the normals as a decoded picture, see {@link #of(FloatImage)}. */
    public FloatImage toFloatImage() {
        int plane = width * height;
        float[] chw = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            chw[i % 3 * plane + i / 3] = values[i];
        }
        return new FloatImage(width, height, chw);
    }

    /** Derives normals from depth, by the differences of neighbouring pixels. */
    public static NormalMap of(DepthMap depth, PinholeCamera camera) {
        Neighbours points = new Neighbours(depth, camera);
        float[] values = new float[3 * depth.values().length];
        for (int y = 0; y < depth.height(); y++) {
            for (int x = 0; x < depth.width(); x++) {
                double[] right = points.step(x - 1, y, x + 1, y);
                double[] up = points.step(x, y + 1, x, y - 1);
                put(
                        values,
                        3 * (y * depth.width() + x),
                        right[1] * up[2] - right[2] * up[1],
                        right[2] * up[0] - right[0] * up[2],
                        right[0] * up[1] - right[1] * up[0]);
            }
        }
        return new NormalMap(depth.width(), depth.height(), values);
    }

    /** A vector without a direction becomes one that faces the viewer. */
    private static void put(float[] values, int at, double x, double y, double z) {
        double length = Math.sqrt(x * x + y * y + z * z);
        boolean none = !(length > 1e-12);
        values[at] = none ? 0 : (float) (x / length);
        values[at + 1] = none ? 0 : (float) (y / length);
        values[at + 2] = none ? 1 : (float) (z / length);
    }

    /** Points of a depth map, whose edge is repeated outside of it. */
    private record Neighbours(DepthMap depth, PinholeCamera camera) {

        double[] step(int fromX, int fromY, int toX, int toY) {
            double[] from = point(fromX, fromY);
            double[] to = point(toX, toY);
            return new double[] {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
        }

        private double[] point(int x, int y) {
            int column = Math.clamp(x, 0, depth.width() - 1);
            int row = Math.clamp(y, 0, depth.height() - 1);
            double distance = depth.values()[row * depth.width() + column];
            return new double[] {camera.right(column) * distance, camera.up(row) * distance, -distance};
        }
    }
}
