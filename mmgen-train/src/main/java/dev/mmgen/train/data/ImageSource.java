package dev.mmgen.train.data;

import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.Raster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Samples that are encoded when they are needed, from the image files that the index names: read as the reference reads
 * them and centre-cropped. Nothing has to be prepared, but the autoencoder runs again in every epoch.
 *
 * <p>The encoders are called by the thread that reads, one call at a time.
 */
public final class ImageSource implements SampleSource {

    private final List<String> modalities;
    private final CenterCrop crop;
    private final MomentsEncoder encoder;
    private final @Nullable FeatureEncoder features;

    /** Encodes the image of one modality. */
    @FunctionalInterface
    public interface MomentsEncoder {

        /**
         * Returns mean and standard deviation, {@code [channels, height, width, 2]}.
         *
         * @param modality as the source was told, for example {@code rgb}
         * @param image    cropped
         */
        StoredArray encode(String modality, Raster image);
    }

    /** Describes the photo. */
    @FunctionalInterface
    public interface FeatureEncoder {

        /**
         * Returns {@code [tokens, width]}.
         *
         * @param photo the whole image of the first modality, not cropped
         */
        StoredArray encode(Raster photo);
    }

    /**
     * @param modalities in the model's order, by the index's names: {@code mask} for the field {@code path_mask}
     * @param crop       what the moments' encoder gets to see, 256 pixels for the released models
     * @param features   null if training needs none
     */
    public ImageSource(
            List<String> modalities, CenterCrop crop, MomentsEncoder encoder, @Nullable FeatureEncoder features) {
        this.modalities = List.copyOf(modalities);
        this.crop = crop;
        this.encoder = encoder;
        this.features = features;
    }

    @Override
    public Sample read(IndexEntry entry, SampleShape shape) {
        if (modalities.size() != shape.modalities()) {
            throw new IllegalStateException("images of " + modalities + " for " + shape.modalities() + " modalities");
        }
        List<StoredArray> moments = new ArrayList<>();
        StoredArray tokens = null;
        for (String modality : modalities) {
            Raster image = open(entry, modality);
            StoredArray encoded = encoder.encode(modality, crop.apply(image));
            check(entry, modality, encoded, shape.channels(), shape.height(), shape.width(), 2);
            moments.add(encoded);
            if (tokens == null && shape.hasFeatures()) {
                tokens = describe(entry, image, shape);
            }
        }
        return new Sample(entry, moments, tokens);
    }

    private static Raster open(IndexEntry entry, String modality) {
        try {
            return Raster.read(entry.image(modality), ImageReading.REFERENCE);
        } catch (ImageException e) {
            throw new DataException("sample '" + entry.key() + "': " + e.getMessage(), e);
        }
    }

    private StoredArray describe(IndexEntry entry, Raster photo, SampleShape shape) {
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
