package dev.mmgen.geometry;

import dev.mmgen.image.RgbImage;

/**
 * The inverse of relative depth, from a picture to distances. Such a picture is inverse depth, scaled so that the nearest
 * pixel is white and the farthest black; the two numbers that the scaling has lost are those two distances.
 *
 * @param near the depth of white, positive
 * @param far  the depth of black, not below {@code near}
 */
public record DepthUnprojection(double near, double far) {

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public DepthUnprojection {
        if (!(near > 0) || !(far >= near) || Double.isInfinite(far)) {
            throw new IllegalArgumentException(
                    "depth from " + near + " to " + far + "; near must be positive, and far finite and not nearer");
        }
    }

    /** Returns the depth that the picture shows, where grey is the mean of red, green and blue. */
    public DepthMap apply(RgbImage picture) {
        return depth(nearness(picture), picture.width(), picture.height());
    }

    DepthMap depth(float[] nearness, int width, int height) {
        float[] depth = new float[nearness.length];
        for (int i = 0; i < depth.length; i++) {
            depth[i] = (float) (1 / (1 / far + nearness[i] * (1 / near - 1 / far)));
        }
        return new DepthMap(width, height, depth);
    }

    /** Returns the levels as shares, 1 where the picture is white. */
    static float[] nearness(RgbImage picture) {
        byte[] rgb = picture.rgb();
        float[] shares = new float[rgb.length / 3];
        for (int i = 0; i < shares.length; i++) {
            int sum = (rgb[3 * i] & 0xff) + (rgb[3 * i + 1] & 0xff) + (rgb[3 * i + 2] & 0xff);
            shares[i] = sum / (3 * 255f);
        }
        return shares;
    }
}
