package dev.mmgen.train.data;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch of samples as tensors in main memory. It owns them: close it after the training step.
 */
public final class PosteriorBatch implements AutoCloseable {

    private final LoaderPosition position;
    private final List<IndexEntry> entries;
    private final int modalities;
    private final Tensor posteriors;
    private final Tensor labels;
    private final @Nullable Tensor features;
    private final @Nullable Tensor validity;

    private PosteriorBatch(
            LoaderPosition position,
            List<IndexEntry> entries,
            int modalities,
            Tensor posteriors,
            Tensor labels,
            @Nullable Tensor features,
            @Nullable Tensor validity) {
        this.position = position;
        this.entries = entries;
        this.modalities = modalities;
        this.posteriors = posteriors;
        this.labels = labels;
        this.features = features;
        this.validity = validity;
    }

    /**
     * Stacks samples of one shape.
     *
     * @param position of the batch in its data set; {@link LoaderPosition#START} for one made by hand
     * @throws IllegalArgumentException if there are none
     */
    public static PosteriorBatch of(LoaderPosition position, List<Sample> samples, SampleShape shape) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("a batch of no samples; it must have at least one");
        }
        int count = samples.size();
        int piece = shape.posteriorSize();
        float[] posteriors = new float[Math.multiplyExact(count, shape.modalities() * piece)];
        long[] labels = new long[count];
        int at = 0;
        for (int i = 0; i < count; i++) {
            labels[i] = samples.get(i).entry().label();
            for (StoredArray array : samples.get(i).posteriors()) {
                System.arraycopy(array.values(), 0, posteriors, at, piece);
                at += piece;
            }
        }
        Tensor posteriorTensor = Torch.tensor(
                        posteriors,
                        count,
                        (long) shape.modalities() * shape.channels(),
                        shape.height(),
                        shape.width(),
                        2)
                .unscoped();
        return new PosteriorBatch(
                position,
                samples.stream().map(Sample::entry).toList(),
                shape.modalities(),
                posteriorTensor,
                Torch.tensor(labels).unscoped(),
                shape.hasFeatures() ? features(samples, shape) : null,
                validity(samples, shape));
    }

    private static @Nullable Tensor validity(List<Sample> samples, SampleShape shape) {
        if (samples.stream().allMatch(sample -> sample.validity() == null)) {
            return null;
        }
        int piece = shape.modalities() * shape.height() * shape.width();
        float[] known = new float[Math.multiplyExact(samples.size(), piece)];
        Arrays.fill(known, 1);
        for (int i = 0; i < samples.size(); i++) {
            StoredArray array = samples.get(i).validity();
            if (array != null) {
                System.arraycopy(array.values(), 0, known, i * piece, piece);
            }
        }
        return Torch.tensor(known, samples.size(), shape.modalities(), shape.height(), shape.width())
                .unscoped();
    }

    private static Tensor features(List<Sample> samples, SampleShape shape) {
        int piece = shape.tokens() * shape.featureWidth();
        float[] features = new float[Math.multiplyExact(samples.size(), piece)];
        for (int i = 0; i < samples.size(); i++) {
            StoredArray array = samples.get(i).features();
            if (array == null) {
                throw new IllegalArgumentException(
                        "sample '" + samples.get(i).entry().key() + "' has no features");
            }
            System.arraycopy(array.values(), 0, features, i * piece, piece);
        }
        return Torch.tensor(features, samples.size(), shape.tokens(), shape.featureWidth())
                .unscoped();
    }

    /** Returns the number of samples. */
    public int size() {
        return entries.size();
    }

    /** Returns the position of this batch in its data set. */
    public LoaderPosition position() {
        return position;
    }

    /** Returns the samples' lines in the index. */
    public List<IndexEntry> entries() {
        return entries;
    }

    /** Returns means and standard deviations, float32 {@code [N, modalities * channels, height, width, 2]}. */
    public Tensor posteriors() {
        return posteriors;
    }

    /** Returns the class numbers, int64 {@code [N]}. */
    public Tensor labels() {
        return labels;
    }

    /** Returns the features of the photos, float32 {@code [N, tokens, width]}; null if the data set has none. */
    public @Nullable Tensor features() {
        return features;
    }

    /** Returns how much of each latent is known, float32 {@code [N, modalities, height, width]}; null if all is. */
    public @Nullable Tensor validity() {
        return validity;
    }

    /** A source of standard normal numbers. */
    @FunctionalInterface
    public interface Noise {
        /** Returns float32 numbers of this shape. */
        Tensor normal(long... sizes);
    }

    /**
     * Draws latents from the autoencoder's posterior, {@code mean + std · noise}, and normalises them; one draw per
     * modality in order ({@code utils/latents.py}).
     *
     * @param normalization {@link LatentNormalization#STABLE_DIFFUSION} for that autoencoder
     * @param noise         called once per modality, for {@code [N, channels, height, width]}
     * @return {@code [N, modalities * channels, height, width]}, which belongs to the caller or its scope
     * @throws dev.mmgen.part.PartException if a normalization of a program's own breaks its contract; its class is named
     */
    public Tensor sampleLatents(LatentNormalization normalization, Noise noise) {
        PartCheck check = new PartCheck("latent normalization", LatentNormalization.class, normalization);
        return TensorScope.keeping(() -> {
            List<Tensor> latents = new ArrayList<>();
            for (Tensor part : posteriors.chunk(modalities, 1)) {
                Tensor mean = part.select(-1, 0);
                Tensor deviation = part.select(-1, 1);
                Tensor raw = mean.add(deviation.mul(noise.normal(mean.shape().toArray())));
                int modality = latents.size();
                latents.add(check.tensor(
                        "normalise", raw.shape(), raw.dtype(), () -> normalization.normalise(raw, modality)));
            }
            return latents.size() == 1 ? latents.getFirst() : Torch.cat(latents, 1);
        });
    }

    @Override
    public void close() {
        posteriors.close();
        labels.close();
        if (features != null) {
            features.close();
        }
        if (validity != null) {
            validity.close();
        }
    }
}
