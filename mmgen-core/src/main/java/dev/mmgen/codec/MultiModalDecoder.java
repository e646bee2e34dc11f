package dev.mmgen.codec;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The step from normalised latents to pictures of several modalities, which undoes {@link MultiModalEncoder} (reference:
 * {@code run_batch} in {@code exp_sample.py}). Memory is bounded: passes through the autoencoder have at most 512 × 512
 * pixels and one picture more, or one picture. Any thread may use a decoder if its autoencoder allows that.
 */
public final class MultiModalDecoder {

    private final CheckedAutoencoder autoencoder;
    private final ModalitySet modalities;
    private final LatentNormalization normalization;
    private final PartCheck normalizationCheck;

    /**
     * @param autoencoder   of three decoded channels; stays the caller's, who closes it
     * @param normalization must suit the modalities and the autoencoder
     * @throws IllegalArgumentException if the parts do not fit each other
     */
    public MultiModalDecoder(Autoencoder autoencoder, ModalitySet modalities, LatentNormalization normalization) {
        this.autoencoder = CheckedAutoencoder.of(autoencoder);
        this.autoencoder.requirePictures("decodedChannels", this.autoencoder.decodedChannels());
        this.normalizationCheck = new PartCheck("latent normalization", LatentNormalization.class, normalization);
        normalizationCheck.requireFit(
                () -> normalization.requireFit(modalities.size(), this.autoencoder.latentChannels()));
        this.modalities = modalities;
        this.normalization = normalization;
    }

    /**
     * Decodes all modalities, with levels truncated as the reference does.
     *
     * @param latents normalised, {@code [N, C * M, h, w]}
     * @return for each sample its pictures, in the order of the modalities
     */
    public List<Map<Modality, RgbImage>> decode(Tensor latents) {
        return decode(latents, modalities.list(), Quantization.TRUNCATE);
    }

    /**
     * Decodes some of the modalities.
     *
     * @param latents      normalised, {@code [N, C * M, h, w]}
     * @param wanted       the modalities to decode
     * @param quantization rounding of numbers to levels
     * @return for each sample the wanted pictures, in the order in which they are wanted
     * @throws IllegalArgumentException if the latents do not have {@code C * M} channels
     * @throws java.util.NoSuchElementException if a modality is not one of the model's
     */
    public List<Map<Modality, RgbImage>> decode(Tensor latents, List<Modality> wanted, Quantization quantization) {
        return decode(latents, wanted, image -> image.toRgbImage(quantization));
    }

    /** Decodes some of the modalities and keeps the numbers, see {@link #decode(Tensor, List, Quantization)}. */
    public List<Map<Modality, FloatImage>> decodeNumbers(Tensor latents, List<Modality> wanted) {
        return decode(latents, wanted, Function.identity());
    }

    private <T> List<Map<Modality, T>> decode(
            Tensor latents, List<Modality> wanted, Function<FloatImage, T> conversion) {
        requireChannels(latents);
        int samples = Math.toIntExact(latents.size(0));
        List<Map<Modality, T>> decoded = new ArrayList<>(samples);
        for (int i = 0; i < samples; i++) {
            decoded.add(new LinkedHashMap<>());
        }
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            for (Modality modality : wanted) {
                List<T> pictures = pictures(restored(latents, modality), conversion);
                for (int i = 0; i < samples; i++) {
                    decoded.get(i).put(modality, pictures.get(i));
                }
            }
        }
        return decoded.stream().map(Collections::unmodifiableMap).toList();
    }

    private void requireChannels(Tensor latents) {
        long channels = (long) autoencoder.latentChannels() * modalities.size();
        if (latents.rank() != 4 || latents.size(1) != channels) {
            throw new IllegalArgumentException(
                    "latents of " + modalities + " must be [N, " + channels + ", h, w], not " + latents.shape());
        }
    }

    private Tensor restored(Tensor latents, Modality modality) {
        // A copy: the numbers of the caller stay, also where a normalization of a user's own computes in place.
        Tensor slot = modalities.slot(latents, modality).copy();
        int index = modalities.indexOf(modality);
        return normalizationCheck.tensor(
                "restore", slot.shape(), slot.dtype(), () -> normalization.restore(slot, index));
    }

    /** Decodes raw latents {@code [N, C, h, w]}, a few at once. */
    private <T> List<T> pictures(Tensor raw, Function<FloatImage, T> conversion) {
        int factor = autoencoder.factor();
        int pass = Passes.size(Math.multiplyExact(raw.size(3), factor), Math.multiplyExact(raw.size(2), factor));
        List<T> pictures = new ArrayList<>();
        int all = Math.toIntExact(raw.size(0));
        for (int start = 0, end; start < all; start = end) {
            end = Passes.end(start, pass, all);
            try (Tensor part = raw.slice(0, start, end);
                    Tensor images = autoencoder.decode(part)) {
                for (long i = 0; i < images.size(0); i++) {
                    pictures.add(conversion.apply(numbers(images, i)));
                }
            }
        }
        return pictures;
    }

    private static FloatImage numbers(Tensor images, long index) {
        try (Tensor image = images.select(0, index)) {
            return new FloatImage(Math.toIntExact(image.size(2)), Math.toIntExact(image.size(1)), image.toFloats());
        }
    }
}
