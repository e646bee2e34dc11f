package dev.mmgen.codec;

import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import java.util.function.Supplier;

/**
 * An autoencoder whose numbers are read once, when it is taken, and whose every answer is checked, so that one of a user's own
 * is named where it breaks its contract.
 */
public final class CheckedAutoencoder implements Autoencoder {

    /** The largest number of channels and the largest factor: far beyond any network, and their products stay numbers. */
    private static final int MOST = 65536;

    private final Autoencoder network;
    private final PartCheck check;
    private final int imageChannels;
    private final int decodedChannels;
    private final int latentChannels;
    private final int factor;

    private CheckedAutoencoder(Autoencoder network) {
        this.network = network;
        this.check = new PartCheck("autoencoder", Autoencoder.class, network);
        this.imageChannels = number("imageChannels", network::imageChannels);
        this.decodedChannels = number("decodedChannels", network::decodedChannels);
        this.latentChannels = number("latentChannels", network::latentChannels);
        this.factor = number("factor", network::factor);
    }

    /**
     * Takes an autoencoder, unless it is checked already.
     *
     * @throws dev.mmgen.part.PartException if one of its numbers is not from 1 to 65,536
     */
    public static CheckedAutoencoder of(Autoencoder network) {
        return network instanceof CheckedAutoencoder checked ? checked : new CheckedAutoencoder(network);
    }

    private int number(String call, Supplier<Integer> answer) {
        int value = check.value(call, answer);
        if (value < 1 || value > MOST) {
            throw check.broken(call, String.valueOf(value), "it must be from 1 to " + MOST);
        }
        return value;
    }

    /**
     * Checks that pictures can be encoded or decoded.
     *
     * @param call     {@code imageChannels} or {@code decodedChannels}
     * @param channels what it said
     * @throws IllegalArgumentException naming the autoencoder otherwise
     */
    CheckedAutoencoder requirePictures(String call, int channels) {
        if (channels != 3) {
            throw new IllegalArgumentException(check + " has " + channels + " " + call + "; pictures need 3");
        }
        return this;
    }

    @Override
    public int imageChannels() {
        return imageChannels;
    }

    @Override
    public int decodedChannels() {
        return decodedChannels;
    }

    @Override
    public int latentChannels() {
        return latentChannels;
    }

    @Override
    public int factor() {
        return factor;
    }

    @Override
    public Device device() {
        return check.value("device", network::device);
    }

    @Override
    public Posterior encode(Tensor images) {
        AutoencoderKl.requireImages(this, images);
        Shape latents = Shape.of(images.size(0), latentChannels, images.size(2) / factor, images.size(3) / factor);
        return Posterior.checked(check, latents, () -> network.encode(images));
    }

    @Override
    public Tensor decode(Tensor latents) {
        Shape images = Shape.of(
                latents.size(0),
                decodedChannels,
                Math.multiplyExact(latents.size(2), factor),
                Math.multiplyExact(latents.size(3), factor));
        return check.tensor("decode", images, DType.FLOAT32, () -> network.decode(latents));
    }
}
