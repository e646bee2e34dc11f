package dev.mmgen.train.data;

import dev.mmgen.image.RgbImage;

/**
 * Makes numbers of an image: the moments of its latents, or features. A source that reads in the background calls it from
 * that thread, one call at a time.
 */
@FunctionalInterface
public interface ImageEncoder {

    /**
     * Encodes an image, which must give the same numbers every time.
     *
     * @param image as it was read, of any size
     */
    StoredArray encode(RgbImage image);
}
