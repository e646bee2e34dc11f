package dev.mmgen.codec;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;

/**
 * The variational autoencoder of latent diffusion (Rombach et al., arXiv 2112.10752), with the layout and the key
 * names of diffusers' {@code AutoencoderKL}. It is fully convolutional apart from one attention layer, so images of
 * any size fit.
 *
 * <p>Decoding takes about 4 kB of memory per pixel at its peak in float32 with Stable Diffusion's settings: 0.3 GB for
 * 256 × 256, 1 GB for 512 × 512. For images beyond that there is {@link TiledAutoencoder}.
 */
public final class AutoencoderKl extends Module implements Autoencoder {

    private final AutoencoderConfig config;
    private final Encoder encoder;
    private final Decoder decoder;
    private final Layer quantConv;
    private final Layer postQuantConv;
    private final Parameter anyWeight;

    /** Builds the modules; values come from {@link #load} or {@link #initialize}. */
    public AutoencoderKl(AutoencoderConfig config) {
        int latent = config.latentChannels();
        this.config = config;
        this.encoder = child("encoder", new Encoder(config));
        this.decoder = child("decoder", new Decoder(config));
        this.quantConv = config.useQuantConv() ? child("quant_conv", new Conv2d(2L * latent, 2L * latent, 1)) : x -> x;
        this.postQuantConv =
                config.usePostQuantConv() ? child("post_quant_conv", new Conv2d(latent, latent, 1)) : x -> x;
        this.anyWeight = parameters().values().iterator().next();
    }

    /** Returns the shape of the network. */
    public AutoencoderConfig config() {
        return config;
    }

    @Override
    public int imageChannels() {
        return config.inChannels();
    }

    @Override
    public int decodedChannels() {
        return config.outChannels();
    }

    @Override
    public int latentChannels() {
        return config.latentChannels();
    }

    @Override
    public int factor() {
        return config.factor();
    }

    @Override
    public Device device() {
        return anyWeight.value().device();
    }

    /** Returns the element type of the weights, in which the network computes. */
    public DType dtype() {
        return anyWeight.value().dtype();
    }

    @Override
    public Posterior encode(Tensor images) {
        requireImages(this, images);
        try (Tensor output = TensorScope.keeping(
                () -> quantConv.forward(encoder.forward(prepared(images))).to(DType.FLOAT32))) {
            return Posterior.ofOutput(output);
        }
    }

    @Override
    public Tensor decode(Tensor latents) {
        requireLatents(this, latents);
        return TensorScope.keeping(
                () -> decoder.forward(postQuantConv.forward(prepared(latents))).to(DType.FLOAT32));
    }

    /** Convolutions and norms are faster with the channels innermost in memory, and every layer keeps that order. */
    private Tensor prepared(Tensor input) {
        return input.to(device(), dtype()).channelsLast();
    }

    static void requireImages(Autoencoder autoencoder, Tensor images) {
        int factor = autoencoder.factor();
        int channels = autoencoder.imageChannels();
        if (images.rank() != 4
                || images.size(1) != channels
                || !isMultiple(images.size(2), factor)
                || !isMultiple(images.size(3), factor)) {
            throw new IllegalArgumentException("images must be [N, " + channels + ", H, W] with H and W"
                    + " multiples of " + factor + ", not " + images.shape() + "; crop or pad them");
        }
    }

    private static boolean isMultiple(long size, int factor) {
        return size > 0 && size % factor == 0;
    }

    static void requireLatents(Autoencoder autoencoder, Tensor latents) {
        int channels = autoencoder.latentChannels();
        if (latents.rank() != 4 || latents.size(1) != channels || latents.size(2) < 1 || latents.size(3) < 1) {
            throw new IllegalArgumentException("latents must be [N, " + channels + ", h, w], not " + latents.shape());
        }
    }

    @Override
    protected String settings() {
        return "channels " + config.blockOutChannels() + ", latents of " + config.latentChannels() + " channels, "
                + "factor " + config.factor();
    }
}
