package dev.mmgen.codec;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;

/**
 * Compresses images to latents and back. Latents are {@link #factor()} times smaller in both directions; they are raw,
 * see {@link LatentNormalization}.
 */
public sealed interface Autoencoder permits AutoencoderKl, TiledAutoencoder {

    /** Returns the shape of the network. */
    AutoencoderConfig config();

    /** Returns where the network computes. */
    Device device();

    /**
     * Returns the distribution of the latents of images.
     *
     * @param images {@code [N, in channels, H, W]} in [-1, 1], on any device; H and W are multiples of
     *     {@link #factor()}
     * @return of shape {@code [N, latent channels, H / factor, W / factor]}, float32, on the network's device
     * @throws IllegalArgumentException if the shape is another
     */
    Posterior encode(Tensor images);

    /**
     * Returns the images of latents.
     *
     * @param latents {@code [N, latent channels, h, w]}, raw, on any device
     * @return {@code [N, out channels, h * factor, w * factor]}, nominally in [-1, 1], float32, on the network's device
     * @throws IllegalArgumentException if the shape is another
     */
    Tensor decode(Tensor latents);

    /** Returns how many pixels make one latent pixel, in each direction. */
    default int factor() {
        return config().factor();
    }
}
