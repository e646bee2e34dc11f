package dev.mmgen.train.prepare;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.Normalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.ImageSource;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.feature.DinoV2;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The encoding of an image: a crop, a normalisation of its levels, and a network. Its result is stored in a file by a {@link
 * Preparation}, or used at once by an {@link dev.mmgen.train.data.ImageSource}. One thread at a time uses the network.
 */
public final class Encoding implements ImageSource.Encoder {

    private final CenterCrop crop;
    private final Normalization normalization;
    private final UnaryOperator<Tensor> network;

    private Encoding(CenterCrop crop, Normalization normalization, UnaryOperator<Tensor> network) {
        this.crop = crop;
        this.normalization = normalization;
        this.network = network;
    }

    /**
     * Returns the encoding to posteriors: mean and standard deviation of the latents, unscaled, {@code [C, h, w, 2]}.
     *
     * @param autoencoder computes in the type of its weights; stays the caller's
     * @param size        side of the cropped images in pixels, 256 for the released models
     * @throws IllegalArgumentException if the autoencoder takes no images of this size or of three channels
     */
    public static Encoding posteriors(Autoencoder autoencoder, int size) {
        if (size < 1 || size % autoencoder.factor() != 0) {
            throw new IllegalArgumentException("the autoencoder takes images whose sides are multiples of "
                    + autoencoder.factor() + ", not " + size);
        }
        if (autoencoder.imageChannels() != 3) {
            throw new IllegalArgumentException(
                    "the autoencoder takes images of " + autoencoder.imageChannels() + " channels, not of 3");
        }
        return new Encoding(new CenterCrop(size), Normalization.SIGNED, images -> {
            try (Posterior posterior = autoencoder.encode(images)) {
                return Torch.stack(List.of(posterior.mean(), posterior.std()), -1);
            }
        });
    }

    /**
     * Returns the encoding to DINOv2's patch tokens, {@code [tokens, width]}.
     *
     * @param model  with its weights on {@code device}; stays the caller's
     * @param size   side of the cropped photos, a multiple of the patch size; the reference's is 224
     * @throws IllegalArgumentException if photos of this size do not divide into patches
     */
    public static Encoding tokens(DinoV2 model, Device device, int size) {
        if (size < 1 || size % model.config().patchSize() != 0) {
            throw new IllegalArgumentException("photos of " + size + " pixels do not divide into patches of "
                    + model.config().patchSize());
        }
        return new Encoding(
                new CenterCrop(size), Normalization.IMAGENET, images -> model.tokens(images.to(device, DType.FLOAT32)));
    }

    /** Returns the input of the network for an image, {@code [3, size, size]}. Any thread may call it. */
    float[] pixels(RgbImage image) {
        return normalization.apply(crop.apply(image));
    }

    @Override
    public StoredArray encode(RgbImage image) {
        return encode(List.of(pixels(image))).getFirst();
    }

    /** Returns the results of the network for a batch of inputs. */
    List<StoredArray> encode(List<float[]> images) {
        int count = images.size();
        int length = images.getFirst().length;
        float[] all = new float[Math.multiplyExact(count, length)];
        for (int i = 0; i < count; i++) {
            System.arraycopy(images.get(i), 0, all, i * length, length);
        }
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            Tensor input = Torch.tensor(all, count, 3, crop.size(), crop.size());
            return parts(network.apply(input).to(Device.CPU, DType.FLOAT32).contiguous());
        }
    }

    private static List<StoredArray> parts(Tensor results) {
        Shape shape = results.shape();
        int[] piece = new int[shape.rank() - 1];
        Arrays.setAll(piece, i -> Math.toIntExact(shape.size(i + 1)));
        float[] values = results.toFloats();
        int length = values.length / Math.toIntExact(shape.size(0));
        List<StoredArray> parts = new ArrayList<>();
        for (int start = 0; start < values.length; start += length) {
            parts.add(StoredArray.of(Arrays.copyOfRange(values, start, start + length), piece));
        }
        return parts;
    }
}
