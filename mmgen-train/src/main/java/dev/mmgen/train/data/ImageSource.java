package dev.mmgen.train.data;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Samples that are encoded when they are needed, from the image files that the index names, read as the reference reads
 * them. Nothing has to be prepared, but the encoders run again in every epoch.
 *
 * <pre>{@code
 * ImageEncoder moments = Encoding.moments(autoencoder, 256);
 * ImageSource source = new ImageSource(List.of("rgb", "depth", "normal", "mask"), moments, null);
 * }</pre>
 */
public final class ImageSource implements SampleSource {

    private final List<String> modalities;
    private final ImageEncoder moments;
    private final @Nullable ImageEncoder features;

    /**
     * @param modalities in the model's order, by the index's names: {@code mask} for the field {@code path_mask}
     * @param moments    gives mean and standard deviation of the latents of any modality's image, unscaled,
     *     {@code [channels, height, width, 2]}
     * @param features   gives {@code [tokens, width]} for the image of the first modality; null if training needs none
     */
    public ImageSource(List<String> modalities, ImageEncoder moments, @Nullable ImageEncoder features) {
        this.modalities = List.copyOf(modalities);
        this.moments = moments;
        this.features = features;
    }

    @Override
    public Sample read(IndexEntry entry, SampleShape shape) {
        if (modalities.size() != shape.modalities()) {
            throw new IllegalStateException("images of " + modalities + " for " + shape.modalities() + " modalities");
        }
        List<StoredArray> latents = new ArrayList<>();
        StoredArray tokens = null;
        for (String modality : modalities) {
            RgbImage image = open(entry, modality);
            StoredArray encoded = moments.encode(image);
            check(entry, modality, encoded, shape.channels(), shape.height(), shape.width(), 2);
            latents.add(encoded);
            if (tokens == null && shape.hasFeatures()) {
                tokens = describe(entry, image, shape);
            }
        }
        return new Sample(entry, latents, tokens);
    }

    private static RgbImage open(IndexEntry entry, String modality) {
        try {
            return RgbImage.read(entry.image(modality), ImageReading.REFERENCE);
        } catch (ImageException e) {
            throw new DataException("sample '" + entry.key() + "': " + e.getMessage(), e);
        }
    }

    private StoredArray describe(IndexEntry entry, RgbImage photo, SampleShape shape) {
        if (features == null) {
            throw new IllegalStateException("samples are to have features, but no encoder of features was given");
        }
        StoredArray tokens = features.encode(photo);
        check(entry, "features", tokens, shape.tokens(), shape.featureWidth());
        return tokens;
    }

    private static void check(IndexEntry entry, String what, StoredArray array, int... shape) {
        if (!array.hasShape(shape)) {
            throw new DataException("the encoder made " + array + " for " + what + " of sample '" + entry.key()
                    + "', but " + Arrays.toString(shape) + " is expected");
        }
        if (array.firstNonFinite() >= 0) {
            throw new DataException(
                    "the encoder made NaN or infinity for " + what + " of sample '" + entry.key() + "'");
        }
    }

    /** Does nothing: the encoders belong to whoever gave them. */
    @Override
    public void close() {}
}
