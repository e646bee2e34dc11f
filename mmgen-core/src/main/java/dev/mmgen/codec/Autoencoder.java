package dev.mmgen.codec;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;

/**
 * A network that compresses images to latents and brings them back. Latents are {@link #factor()} times smaller in both
 * directions; they are raw, see {@link LatentNormalization}.
 *
 * <p>Anyone may implement this: {@link MultiModalEncoder}, {@link MultiModalDecoder} and {@link TiledAutoencoder} take
 * any. They call it without gradients, from the thread that uses them, with several images at once; if those are used by
 * several threads, so is the autoencoder. What it returns is checked: the shape, and that every number is finite. Results
 * belong to a {@link dev.mmgen.torch.TensorScope} of the calling thread, see {@link dev.mmgen.part.PartCheck}; arguments stay
 * the caller's. Its four numbers stay the same and are read once, when it is taken.
 */
public interface Autoencoder {

    /** Returns the channels of the images that are encoded: 3 for RGB. */
    int imageChannels();

    /** Returns the channels of the images that are decoded: those that are encoded, unless overridden. */
    default int decodedChannels() {
        return imageChannels();
    }

    /** Returns the channels of the latents: 4 for Stable Diffusion's autoencoder. */
    int latentChannels();

    /** Returns how many pixels make one latent pixel, in each direction: 8 for Stable Diffusion's autoencoder. */
    int factor();

    /** Returns where the network computes. */
    Device device();

    /**
     * Returns the distribution of the latents of images.
     *
     * @param images {@code [N, image channels, H, W]}, nominally in [-1, 1], on any device; H and W are multiples of
     *     {@link #factor()}
     * @return tensors {@code [N, latent channels, H / factor, W / factor]}, float32, on the network's device
     * @throws IllegalArgumentException if the images have another shape
     */
    Posterior encode(Tensor images);

    /**
     * Returns the images of latents.
     *
     * @param latents {@code [N, latent channels, h, w]}, raw, on any device
     * @return {@code [N, decoded channels, h * factor, w * factor]}, nominally in [-1, 1], float32, on the network's
     *     device
     * @throws IllegalArgumentException if the latents have another shape
     */
    Tensor decode(Tensor latents);
}
