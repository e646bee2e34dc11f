package dev.mmgen.train.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the data set knows about one sample.
 *
 * @param entry    its line in the index
 * @param moments  one {@code [channels, height, width, 2]} per modality, in the model's order: mean and standard
 *     deviation that the autoencoder gives, unscaled
 * @param features {@code [tokens, width]} of the photo, null if the data set has none
 */
public record Sample(
        IndexEntry entry,
        List<StoredArray> moments,
        @Nullable StoredArray features) {

    /** Copies the list. */
    public Sample {
        moments = List.copyOf(moments);
    }
}
