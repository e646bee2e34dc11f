package dev.mmgen.train.data;

/**
 * The shape that every sample of a data set has.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="sample-shape"}
 *
 * @param modalities   number of modalities, at least 1
 * @param channels     latent channels of one modality, at least 1
 * @param height       of a latent, at least 1
 * @param width        of a latent, at least 1
 * @param tokens       feature tokens of the photo; 0 without features
 * @param featureWidth numbers per token; 0 without features
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
                    + "x" + width + " with " + tokens + " tokens of " + featureWidth
                    + "; sizes must be positive, or both 0 for features");
        }
        double numbers = 2.0 * modalities * channels * height * width + (double) tokens * featureWidth;
        if (numbers > MAX_NUMBERS) {
            throw new IllegalArgumentException(
                    "samples of " + (long) numbers + " numbers are over the limit of " + MAX_NUMBERS);
        }
    }

    /**
     * Returns the shape of samples without features.
     *
     * @param channels latent channels of one modality
     * @param height   of a latent
     * @param width    of a latent
     * @throws IllegalArgumentException if a size is out of range
     */
    public static SampleShape of(int modalities, int channels, int height, int width) {
        return new SampleShape(modalities, channels, height, width, 0, 0);
    }

    /** Returns a copy with another number of modalities. */
    public SampleShape withModalities(int count) {
        return new SampleShape(count, channels, height, width, tokens, featureWidth);
    }

    /** Returns a copy with latents of another shape. */
    public SampleShape withLatents(int newChannels, int newHeight, int newWidth) {
        return new SampleShape(modalities, newChannels, newHeight, newWidth, tokens, featureWidth);
    }

    /** Returns a copy with features of the photo: so many tokens of so many numbers each. */
    public SampleShape withFeatures(int newTokens, int newWidth) {
        return new SampleShape(modalities, channels, height, width, newTokens, newWidth);
    }

    /** Returns a copy without features. */
    public SampleShape withoutFeatures() {
        return new SampleShape(modalities, channels, height, width, 0, 0);
    }

    /** Returns true if samples come with features. */
    public boolean hasFeatures() {
        return tokens > 0;
    }

    /** Returns the numbers in the posterior of one modality: mean and deviation of each element. */
    int posteriorSize() {
        return 2 * channels * height * width;
    }

    /** Returns the sizes, for example {@code 4 modalities of 4x32x32 with 256 tokens of 768}. */
    @Override
    public String toString() {
        String latents = modalities + " modalities of " + channels + "x" + height + "x" + width;
        return hasFeatures() ? latents + " with " + tokens + " tokens of " + featureWidth : latents;
    }
}
