package dev.mmgen.train.data;

/**
 * What every sample of a data set looks like.
 *
 * @param modalities   how many modalities a sample has, at least 1
 * @param channels     latent channels of one modality
 * @param height       of the latent
 * @param width        of the latent
 * @param tokens       feature tokens of the photo; 0 if there are no features
 * @param featureWidth numbers per token; 0 if there are no features
 */
public record SampleShape(int modalities, int channels, int height, int width, int tokens, int featureWidth) {

    /** The files of the released models: 4 modalities of 4×32×32, DINOv2 ViT-B/14 at 16×16 patches. */
    public static final SampleShape OFFICIAL = new SampleShape(4, 4, 32, 32, 256, 768);

    private static final int MAX_NUMBERS = 1 << 26;

    /**
     * @throws IllegalArgumentException if a size is out of range
     */
    public SampleShape {
        if (modalities < 1
                || channels < 1
                || height < 1
                || width < 1
                || tokens < 0
                || featureWidth < 0
                || (tokens == 0) != (featureWidth == 0)) {
            throw new IllegalArgumentException("samples of " + modalities + " modalities of " + channels + "x" + height
                    + "x" + width + " with " + tokens + " tokens of " + featureWidth + "; sizes must be positive");
        }
        double numbers = 2.0 * modalities * channels * height * width + (double) tokens * featureWidth;
        if (numbers > MAX_NUMBERS) {
            throw new IllegalArgumentException(
                    "samples of " + (long) numbers + " numbers are over the limit of " + MAX_NUMBERS);
        }
    }

    /** Returns this shape without features. */
    public SampleShape withoutFeatures() {
        return new SampleShape(modalities, channels, height, width, 0, 0);
    }

    /** Returns true if samples come with features. */
    public boolean hasFeatures() {
        return tokens > 0;
    }

    /** Returns how many numbers the moments of one modality are: mean and deviation of each element. */
    int momentCount() {
        return 2 * channels * height * width;
    }

    /** Returns the sizes, for example {@code 4 modalities of 4x32x32 with 256 tokens of 768}. */
    @Override
    public String toString() {
        String moments = modalities + " modalities of " + channels + "x" + height + "x" + width;
        return hasFeatures() ? moments + " with " + tokens + " tokens of " + featureWidth : moments;
    }
}
