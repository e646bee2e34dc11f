package dev.mmgen.codec;

import dev.mmgen.image.Normalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The step from pictures of several modalities to normalised latents: every modality passes through the same autoencoder
 * and has its own slot of channels (paper, section 3.1; reference: {@code encode_images}). Any thread may use an encoder if
 * its autoencoder allows that.
 */
public final class MultiModalEncoder {

    private final CheckedAutoencoder autoencoder;
    private final ModalitySet modalities;
    private final LatentNormalization normalization;
    private final PartCheck normalizationCheck;
    private final UnaryOperator<RgbImage> preparation;

    /**
     * @param autoencoder   of three image channels; stays the caller's, who closes it
     * @param normalization must suit the modalities and the autoencoder
     * @param preparation   brings a picture to its final size, for example {@code new CenterCrop(256)::apply}
     * @throws IllegalArgumentException if the parts do not fit each other
     */
    public MultiModalEncoder(
            Autoencoder autoencoder,
            ModalitySet modalities,
            LatentNormalization normalization,
            UnaryOperator<RgbImage> preparation) {
        this.autoencoder = CheckedAutoencoder.of(autoencoder);
        this.autoencoder.requirePictures("imageChannels", this.autoencoder.imageChannels());
        this.normalizationCheck = new PartCheck("latent normalization", LatentNormalization.class, normalization);
        normalizationCheck.requireFit(
                () -> normalization.requireFit(modalities.size(), this.autoencoder.latentChannels()));
        this.modalities = modalities;
        this.normalization = normalization;
        this.preparation = preparation;
    }

    /**
     * Encodes pictures of one modality.
     *
     * @param pictures at least one; of one size after the preparation
     * @param noise    standard normal, {@code [N, C, h, w]}, to draw from the posterior; null takes its mean
     * @return normalised latents {@code [N, C, h, w]}, on the autoencoder's device
     * @throws java.util.NoSuchElementException if the modality is not one of the model's
     */
    public Tensor encode(Modality modality, List<RgbImage> pictures, @Nullable Tensor noise) {
        int index = modalities.indexOf(modality);
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                Tensor images = pixels(pictures);
                requireNoise(images, noise);
                List<Tensor> parts = new ArrayList<>();
                int pass = Passes.size(images.size(3), images.size(2));
                for (int start = 0, end; start < pictures.size(); start = end) {
                    end = Passes.end(start, pass, pictures.size());
                    Tensor draw = noise == null ? null : noise.slice(0, start, end);
                    parts.add(normalised(raw(images.slice(0, start, end), draw), index));
                }
                return Torch.cat(parts, 0);
            });
        }
    }

    /**
     * Encodes one picture for each of some modalities into a single sample.
     *
     * @param pictures at least one; of one size after the preparation
     * @param noise    standard normal, {@code [1, C * M, h, w]}, of which each modality uses its slot; null takes the
     *     means
     * @return normalised latents {@code [1, C * M, h, w]}; zero in the slots of modalities without a picture
     * @throws java.util.NoSuchElementException if a modality is not one of the model's
     */
    public Tensor encode(Map<Modality, RgbImage> pictures, @Nullable Tensor noise) {
        requireAny(pictures.isEmpty());
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                Tensor all = null;
                for (Map.Entry<Modality, RgbImage> entry : pictures.entrySet()) {
                    Tensor draw = noise == null ? null : modalities.slot(noise, entry.getKey());
                    Tensor latents = encode(entry.getKey(), List.of(entry.getValue()), draw);
                    all = all == null ? emptySlots(latents) : all;
                    modalities.slot(all, entry.getKey()).copy_(sameSize(latents, all));
                }
                return all;
            });
        }
    }

    /**
     * Encodes pictures of any modality to the distribution of their raw latents, to draw from several times.
     *
     * @param pictures at least one; of one size after the preparation
     * @return of shape {@code [N, C, h, w]}; close it
     */
    public Posterior posterior(List<RgbImage> pictures) {
        try (GradMode _ = Torch.noGrad();
                TensorScope scope = TensorScope.open()) {
            Tensor images = pixels(pictures);
            int pass = Passes.size(images.size(3), images.size(2));
            List<Posterior> parts = new ArrayList<>();
            for (int start = 0, end; start < pictures.size(); start = end) {
                end = Passes.end(start, pass, pictures.size());
                parts.add(autoencoder.encode(images.slice(0, start, end)));
            }
            Posterior all = parts.size() == 1 ? parts.getFirst() : Posterior.joined(parts);
            return new Posterior(scope.keep(all.mean()), scope.keep(all.logvar()), scope.keep(all.std()));
        }
    }

    /**
     * Draws normalised latents of a modality from a posterior.
     *
     * @param noise standard normal, of the posterior's shape, on any device
     * @return {@code [N, C, h, w]}, on the autoencoder's device
     * @throws java.util.NoSuchElementException if the modality is not one of the model's
     */
    public Tensor draw(Modality modality, Posterior posterior, Tensor noise) {
        int index = modalities.indexOf(modality);
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> normalised(posterior.sample(noise), index));
        }
    }

    private Tensor raw(Tensor images, @Nullable Tensor noise) {
        return TensorScope.keeping(() -> {
            Posterior posterior = autoencoder.encode(images);
            return noise == null ? posterior.mode() : posterior.sample(noise);
        });
    }

    private Tensor normalised(Tensor raw, int modality) {
        return normalizationCheck.tensor(
                "normalise", raw.shape(), raw.dtype(), () -> normalization.normalise(raw, modality));
    }

    private void requireNoise(Tensor images, @Nullable Tensor noise) {
        if (noise != null && (noise.rank() != 4 || noise.size(0) != images.size(0))) {
            throw new IllegalArgumentException("the noise has the shape " + noise.shape() + " for " + images.size(0)
                    + " pictures; give a row for each");
        }
    }

    private Tensor emptySlots(Tensor latents) {
        return Torch.full(
                0,
                latents.dtype(),
                latents.device(),
                Shape.of(latents.size(0), latents.size(1) * modalities.size(), latents.size(2), latents.size(3)));
    }

    private static Tensor sameSize(Tensor latents, Tensor all) {
        if (latents.size(2) != all.size(2) || latents.size(3) != all.size(3)) {
            throw new IllegalArgumentException("the pictures of a sample differ in size: their latents are "
                    + latents.shape() + " and " + all.shape());
        }
        return latents;
    }

    /**
     * Returns prepared pictures as the autoencoder takes them.
     *
     * @param pictures at least one; of one size after the preparation
     * @return {@code [N, 3, H, W]} in [-1, 1], float32, in main memory
     * @throws IllegalArgumentException if the sizes differ
     */
    public Tensor pixels(List<RgbImage> pictures) {
        requireAny(pictures.isEmpty());
        List<RgbImage> prepared = pictures.stream().map(preparation).toList();
        RgbImage first = prepared.getFirst();
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> images = new ArrayList<>();
            for (RgbImage picture : prepared) {
                if (picture.width() != first.width() || picture.height() != first.height()) {
                    throw new IllegalArgumentException(
                            "the pictures of a batch differ in size: " + first + " and " + picture);
                }
                images.add(Torch.tensor(Normalization.SIGNED.apply(picture), 3, picture.height(), picture.width()));
            }
            return scope.keep(Torch.stack(images, 0));
        }
    }

    private static void requireAny(boolean isEmpty) {
        if (isEmpty) {
            throw new IllegalArgumentException("there is no picture to encode");
        }
    }
}
