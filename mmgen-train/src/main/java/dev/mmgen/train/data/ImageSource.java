package dev.mmgen.train.data;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A source that encodes samples when they are needed, from the image files that the index names, read as the reference reads
 * them. Nothing has to be prepared, but the encoders run again in every epoch.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="image-source"}
 */
public final class ImageSource implements SampleSource {

    /**
     * A function from an image to numbers: the posterior of its latents, or features. {@link dev.mmgen.train.prepare.Encoding}
     * is one for an autoencoder and one for DINOv2.
     *
     * <p>Calls come one at a time, but from different threads, see {@link SampleSource}.
     */
    @FunctionalInterface
    public interface Encoder {

        /**
         * Encodes an image; equal images give equal numbers.
         *
         * @param image as it was read, of any size
         * @return finite numbers: {@code [channels, height, width, 2]} for a posterior, {@code [tokens, width]} for features
         * @throws DataException if this image cannot be encoded; its sample is left out
         */
        StoredArray encode(RgbImage image);
    }

    private final List<String> modalities;
    private final Encoder posteriors;
    private final @Nullable Encoder features;

    /**
     * @param modalities in the model's order, by the index's names: {@code mask} for the field {@code path_mask}
     * @param posteriors encoder of any modality's image: mean and standard deviation of its latents, unscaled,
     *     {@code [channels, height, width, 2]}
     * @param features   encoder of the first modality's image to {@code [tokens, width]}; null if training needs none
     */
    public ImageSource(List<String> modalities, Encoder posteriors, @Nullable Encoder features) {
        this.modalities = List.copyOf(modalities);
        this.posteriors = posteriors;
        this.features = features;
    }

    @Override
    public Sample read(IndexEntry entry, SampleShape shape) {
        if (modalities.size() != shape.modalities()) {
            throw new IllegalArgumentException(
                    "images of " + modalities + " for " + shape.modalities() + " modalities");
        }
        List<StoredArray> latents = new ArrayList<>();
        StoredArray tokens = null;
        for (String modality : modalities) {
            RgbImage image = open(entry, modality);
            String place = "'" + modality + "' of sample '" + entry.key() + "'";
            latents.add(encode(posteriors, image, place, shape.channels(), shape.height(), shape.width(), 2));
            if (tokens == null && features != null && shape.hasFeatures()) {
                tokens = encode(features, image, place, shape.tokens(), shape.featureWidth());
            }
        }
        return new Sample(entry, latents, tokens);
    }

    private static StoredArray encode(Encoder encoder, RgbImage image, String place, int... shape) {
        try {
            @Nullable StoredArray encoded = encoder.encode(image);
            if (encoded == null) {
                throw new IllegalArgumentException("its result is null");
            }
            encoded.requireShape("its result", shape);
            return encoded;
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "the image encoder " + encoder.getClass().getName() + " broke its contract at " + place + ": " + e,
                    e);
        }
    }

    private static RgbImage open(IndexEntry entry, String modality) {
        try {
            return RgbImage.read(entry.image(modality), ImageReading.REFERENCE);
        } catch (ImageException e) {
            throw new DataException("sample '" + entry.key() + "': " + e.getMessage(), e);
        }
    }

    /** Does nothing: the encoders belong to whoever gave them. */
    @Override
    public void close() {}
}
