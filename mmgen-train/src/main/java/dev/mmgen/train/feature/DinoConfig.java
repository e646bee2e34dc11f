package dev.mmgen.train.feature;

/**
 * The sizes of a DINOv2 vision transformer.
 *
 * @param width       of a token; a multiple of {@code heads}
 * @param depth       how many blocks
 * @param heads       of attention
 * @param patchSize   side of a patch in pixels
 * @param trainedGrid patches along a side of the images that the position table was trained for
 */
public record DinoConfig(int width, int depth, int heads, int patchSize, int trainedGrid) {

    /** {@code dinov2_vits14}. */
    public static final DinoConfig VIT_S14 = published(384, 12, 6);

    /** {@code dinov2_vitb14}, which the released models were aligned with. */
    public static final DinoConfig VIT_B14 = published(768, 12, 12);

    /** {@code dinov2_vitl14}. */
    public static final DinoConfig VIT_L14 = published(1024, 24, 16);

    /**
     * @throws IllegalArgumentException if a size is not positive or the width does not divide into the heads
     */
    public DinoConfig {
        if (width < 1 || depth < 1 || heads < 1 || patchSize < 1 || trainedGrid < 1 || width % heads != 0) {
            throw new IllegalArgumentException("a DINOv2 of width " + width + ", depth " + depth + ", " + heads
                    + " heads, patches of " + patchSize + " pixels and a grid of " + trainedGrid
                    + "; sizes must be positive and the width a multiple of the heads");
        }
    }

    /** Returns a configuration with the patches of 14 pixels and the images of 518 that all published models share. */
    public static DinoConfig published(int width, int depth, int heads) {
        return new DinoConfig(width, depth, heads, 14, 37);
    }
}
