package dev.mmgen.train.batch;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.data.BatchShare;
import dev.mmgen.train.data.DataLoader;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.data.PosteriorBatch;
import dev.mmgen.train.random.Draws;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Batches that a {@link DataLoader} reads in the background; latents are drawn from the autoencoder's posterior. */
public final class LoadedBatches implements BatchSource {

    private final Dataset data;
    private final LoaderConfig config;
    private final LatentNormalization normalization;
    private final Map<String, String> badBefore = new TreeMap<>();
    private BatchShare share = BatchShare.ALL;
    private DataLoader loader;

    /**
     * Begins to read at the first batch.
     *
     * @param data          stays the caller's, who closes it after this
     * @param normalization of latents, see {@link PosteriorBatch#sampleLatents}
     * @throws IllegalArgumentException if it is for other modalities or channels than the data's
     */
    public LoadedBatches(Dataset data, LoaderConfig config, LatentNormalization normalization) {
        new PartCheck("latent normalization", LatentNormalization.class, normalization)
                .requireFit(() -> normalization.requireFit(
                        data.shape().modalities(), data.shape().channels()));
        this.data = data;
        this.config = config;
        this.normalization = normalization;
        this.loader = DataLoader.start(data, config);
    }

    @Override
    public TrainingBatch next(Draws draws) {
        try (TensorScope scope = TensorScope.open();
                PosteriorBatch batch = loader.next()) {
            Tensor features = batch.features();
            Tensor validity = batch.validity();
            return new TrainingBatch(
                            batch.sampleLatents(normalization, draws::normal),
                            batch.labels().detach(),
                            features == null ? null : features.detach(),
                            validity == null ? null : validity.detach())
                    .keepFrom(scope);
        }
    }

    @Override
    public LoaderPosition position() {
        return loader.position();
    }

    @Override
    public void moveTo(LoaderPosition position) {
        if (!position.equals(loader.position())) {
            restart(position);
        }
    }

    @Override
    public boolean share(BatchShare wanted) {
        if (!share.equals(wanted)) {
            share = wanted;
            restart(loader.position());
        }
        return true;
    }

    private void restart(LoaderPosition position) {
        loader.close();
        badBefore.putAll(loader.badSamples());
        loader = DataLoader.start(data, config, position, share);
    }

    @Override
    public String fingerprint() {
        return data.index().fingerprint();
    }

    /** Returns the samples that could not be read so far and were left out, by key, and why. */
    public Map<String, String> badSamples() {
        Map<String, String> all = new TreeMap<>(badBefore);
        all.putAll(loader.badSamples());
        return Collections.unmodifiableMap(all);
    }

    @Override
    public EpochSize epochSize() {
        return new EpochSize(data.size(), config.batchSize());
    }

    @Override
    public LatentNormalization normalization() {
        return normalization;
    }

    @Override
    public void close() {
        loader.close();
    }
}
