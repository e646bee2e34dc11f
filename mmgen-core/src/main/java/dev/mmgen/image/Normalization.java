package dev.mmgen.image;

/**
 * The step from levels 0 to 255 to the numbers that a network expects: {@code (level / 255 - mean) / std} for each channel,
 * in single precision and in this order.
 *
 * @param mean of each channel, levels taken as 0 to 1
 * @param std  standard deviation of each channel, positive
 */
public record Normalization(Channels mean, Channels std) {

    /** To [-1, 1], for the autoencoder. */
    public static final Normalization SIGNED =
            new Normalization(new Channels(0.5f, 0.5f, 0.5f), new Channels(0.5f, 0.5f, 0.5f));

    /** By ImageNet's statistics, for DINOv2. */
    public static final Normalization IMAGENET =
            new Normalization(new Channels(0.485f, 0.456f, 0.406f), new Channels(0.229f, 0.224f, 0.225f));

    /** A number for each channel, finite. */
    public record Channels(float red, float green, float blue) {

        /**
         * @throws IllegalArgumentException if a number is not finite
         */
        public Channels {
            if (!Float.isFinite(red) || !Float.isFinite(green) || !Float.isFinite(blue)) {
                throw new IllegalArgumentException(
                        "numbers of a normalization must be finite, not " + red + ", " + green + " and " + blue);
            }
        }

        private float get(int channel) {
            return channel == 0 ? red : channel == 1 ? green : blue;
        }
    }

    /**
     * @throws IllegalArgumentException if a standard deviation is not positive
     */
    public Normalization {
        if (!(std.red > 0 && std.green > 0 && std.blue > 0)) {
            throw new IllegalArgumentException("standard deviations must be positive, not " + std);
        }
    }

    /**
     * Returns the image as {@code [3, height, width]}, row-major.
     */
    public float[] apply(RgbImage image) {
        byte[] rgb = image.bytes();
        int plane = rgb.length / 3;
        float[] chw = new float[rgb.length];
        for (int channel = 0; channel < 3; channel++) {
            float[] table = table(channel);
            for (int i = 0; i < plane; i++) {
                chw[channel * plane + i] = table[rgb[i * 3 + channel] & 0xff];
            }
        }
        return chw;
    }

    private float[] table(int channel) {
        float[] table = new float[256];
        for (int level = 0; level < table.length; level++) {
            table[level] = (level / 255f - mean.get(channel)) / std.get(channel);
        }
        return table;
    }
}
