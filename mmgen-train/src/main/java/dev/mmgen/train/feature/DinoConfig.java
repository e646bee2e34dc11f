package dev.mmgen.train.feature;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.weights.StateDict;

/**
 * The sizes of a DINOv2 vision transformer.
 *
 * @param width       of a token, a multiple of {@code heads}
 * @param depth       number of blocks
 * @param heads       of attention
 * @param patchSize   side of a patch in pixels
 * @param trainedGrid patches along a side of the images that the position table was trained on
 */
public record DinoConfig(int width, int depth, int heads, int patchSize, int trainedGrid) {

    private static final int HEAD_WIDTH = 64;

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

    /** Returns a configuration with patches of 14 pixels and a grid of 37, which all published models share. */
    public static DinoConfig published(int width, int depth, int heads) {
        return new DinoConfig(width, depth, heads, 14, 37);
    }

    /** Returns a copy with patches of another side, in pixels. */
    public DinoConfig withPatchSize(int pixels) {
        return new DinoConfig(width, depth, heads, pixels, trainedGrid);
    }

    /** Returns a copy with positions for another number of patches along a side. */
    public DinoConfig withTrainedGrid(int patches) {
        return new DinoConfig(width, depth, heads, patchSize, patches);
    }

    /**
     * Returns the configuration of weights, as far as their shapes tell it: heads are taken to be 64 wide, as those of all
     * published models are.
     *
     * @throws IllegalArgumentException if the weights are not those of such a model
     */
    static DinoConfig of(StateDict weights) {
        Shape positions = shape(weights, "pos_embed", 3);
        Shape patches = shape(weights, "patch_embed.proj.weight", 4);
        int width = Math.toIntExact(positions.size(2));
        int grid = (int) Math.round(Math.sqrt(positions.size(1) - 1.0));
        long blocks = weights.keys().stream()
                .filter(key -> key.matches("blocks\\.\\d+\\.norm1\\.weight"))
                .count();
        return new DinoConfig(
                width, Math.toIntExact(blocks), width / HEAD_WIDTH, Math.toIntExact(patches.size(2)), grid);
    }

    private static Shape shape(StateDict weights, String key, int rank) {
        if (!weights.has(key) || weights.shape(key).rank() != rank) {
            throw new IllegalArgumentException(
                    "'" + key + "' is " + (weights.has(key) ? "of shape " + weights.shape(key) : "missing"));
        }
        return weights.shape(key);
    }
}
