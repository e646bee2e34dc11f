package dev.mmgen.train.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A training sample as a {@link SampleSource} returns it.
 *
 * @param entry      its line in the index
 * @param posteriors one {@code [channels, height, width, 2]} per modality, in the model's order: mean and standard deviation
 *     of the autoencoder's posterior, unscaled
 * @param features   {@code [tokens, width]} of the photo, null if the data set has none
 * @param validity   {@code [modalities, height, width]}, 0 to 1: how much of each latent is known, 0 where a label has a hole and
 *     everywhere in a modality that the sample lacks, whose posterior is then zero; null if all is known
 */
public record Sample(
        IndexEntry entry,
        List<StoredArray> posteriors,
        @Nullable StoredArray features,
        @Nullable StoredArray validity) {

    /** A sample of which everything is known. */
    public Sample(IndexEntry entry, List<StoredArray> posteriors, @Nullable StoredArray features) {
        this(entry, posteriors, features, null);
    }

    /** Copies the list. */
    public Sample {
        posteriors = List.copyOf(posteriors);
    }

    /**
     * Checks the sample against what it must be.
     *
     * @return this
     * @throws IllegalArgumentException if it is of another entry or shape
     * @throws DataException if a number is infinite or NaN, or a deviation negative
     */
    Sample require(IndexEntry expected, SampleShape shape) {
        if (!entry.equals(expected)) {
            throw new IllegalArgumentException("it is sample '" + entry.key() + "'");
        }
        if (posteriors.size() != shape.modalities()) {
            throw new IllegalArgumentException(
                    "it has " + posteriors.size() + " posteriors, but " + shape.modalities() + " are needed");
        }
        for (int modality = 0; modality < posteriors.size(); modality++) {
            String name = "posterior " + (modality + 1);
            StoredArray posterior = posteriors.get(modality);
            require(name, posterior, shape.channels(), shape.height(), shape.width(), 2);
            requireDeviations(name, posterior.values());
        }
        if (shape.hasFeatures()) {
            if (features == null) {
                throw new IllegalArgumentException("it has no features, but they are needed");
            }
            require("features", features, shape.tokens(), shape.featureWidth());
        }
        if (validity != null) {
            require("validity", validity, shape.modalities(), shape.height(), shape.width());
        }
        return this;
    }

    /** Every second value is a deviation. */
    private void requireDeviations(String name, float[] values) {
        for (int i = 1; i < values.length; i += 2) {
            if (values[i] < 0) {
                throw new DataException("sample '" + entry.key() + "', " + name + ": the deviation, value number " + i
                        + ", is " + values[i] + "; it must be 0 or more");
            }
        }
    }

    private void require(String name, StoredArray array, int... shape) {
        array.requireShape(name, shape);
        int place = array.firstNonFinite();
        if (place >= 0) {
            throw new DataException("sample '" + entry.key() + "', " + name + ": value number " + place + " is "
                    + array.values()[place]);
        }
    }
}
