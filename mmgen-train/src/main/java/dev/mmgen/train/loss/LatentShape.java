package dev.mmgen.train.loss;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/**
 * The sizes of a batch of latents {@code [samples, modalities * channels, height, width]}.
 *
 * @param channels of one modality
 */
public record LatentShape(int samples, int modalities, int channels, int height, int width) {

    /** Checks the sizes. */
    public LatentShape {
        if (samples < 1 || modalities < 1 || channels < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException("a batch of " + samples + " samples with " + modalities
                    + " modalities of "
                    + channels + " x " + height + " x " + width + "; all sizes must be positive");
        }
    }

    /**
     * Reads the sizes off latents.
     *
     * @throws IllegalArgumentException if they have not four dimensions, or the channels do not divide by the
     *     modalities
     */
    public static LatentShape of(Tensor latents, int modalities) {
        return of(latents.shape(), modalities);
    }

    /**
     * Reads the sizes off the shape of latents.
     *
     * @throws IllegalArgumentException as {@link #of(Tensor, int)}
     */
    public static LatentShape of(Shape shape, int modalities) {
        if (shape.rank() != 4 || shape.size(1) % modalities != 0) {
            throw new IllegalArgumentException("latents of shape " + shape + " are not [N, C, h, w] with channels for "
                    + modalities + " modalities");
        }
        return new LatentShape(
                Math.toIntExact(shape.size(0)),
                modalities,
                Math.toIntExact(shape.size(1) / modalities),
                Math.toIntExact(shape.size(2)),
                Math.toIntExact(shape.size(3)));
    }

    /** Returns the channels of all modalities together. */
    public int allChannels() {
        return modalities * channels;
    }

    /** Widens one number per sample and modality, {@code [N, M]}, to one per channel: {@code [N, M * C, 1, 1]}. */
    public Tensor perChannel(Tensor perModality) {
        return perModality
                .reshape(samples, modalities, 1)
                .expand(samples, modalities, channels)
                .reshape(samples, allChannels(), 1, 1);
    }
}
