package dev.mmgen.image;

/**
 * From levels 0 to 255 to the numbers that a network expects: {@code (level / 255 - mean) / std} for each channel, in
 * single precision and in this order.
 *
 * @param redMean mean of the red channel, levels taken as 0 to 1
 * @param greenMean mean of the green channel
 * @param blueMean mean of the blue channel
 * @param redStd standard deviation of the red channel
 * @param greenStd standard deviation of the green channel
 * @param blueStd standard deviation of the blue channel
 */
public record Normalization(
        float redMean, float greenMean, float blueMean, float redStd, float greenStd, float blueStd) {

    /** To [-1, 1], for the autoencoder. */
    public static final Normalization SIGNED = new Normalization(0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f);

    /** By ImageNet's statistics, for DINOv2. */
    public static final Normalization IMAGENET = new Normalization(0.485f, 0.456f, 0.406f, 0.229f, 0.224f, 0.225f);

    /**
     * @throws IllegalArgumentException if a number is not finite or a standard deviation is not positive
     */
    public Normalization {
        for (float std : new float[] {redStd, greenStd, blueStd}) {
            if (!(std > 0 && std < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("a standard deviation must be positive and finite: " + std);
            }
        }
        if (!Float.isFinite(redMean) || !Float.isFinite(greenMean) || !Float.isFinite(blueMean)) {
            throw new IllegalArgumentException("a mean must be finite");
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
        float mean = channel == 0 ? redMean : channel == 1 ? greenMean : blueMean;
        float std = channel == 0 ? redStd : channel == 1 ? greenStd : blueStd;
        float[] table = new float[256];
        for (int level = 0; level < table.length; level++) {
            table[level] = (level / 255f - mean) / std;
        }
        return table;
    }
}
