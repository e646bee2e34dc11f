package dev.mmgen.train.data;

import dev.mmgen.image.RgbImage;

/**
 * A function from an image to numbers: the posterior of its latents, or features. {@link dev.mmgen.train.prepare.Encoding}
 * is one for an autoencoder and one for DINOv2.
 *
 * <p>Calls come one at a time, but from different threads, see {@link SampleSource}.
 */
@FunctionalInterface
public interface ImageEncoder {

    /**
     * Encodes an image; equal images give equal numbers.
     *
     * @param image as it was read, of any size
     * @return finite numbers: {@code [channels, height, width, 2]} for a posterior, {@code [tokens, width]} for features
     * @throws DataException if this image cannot be encoded; its sample is left out
     */
    StoredArray encode(RgbImage image);
}
