package dev.mmgen.train;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.loss.Draws;
import org.jspecify.annotations.Nullable;

/** A small data set whose latents are at hand: shuffled by seed anew for every epoch, whole batches only. */
public final class LatentsInMemory implements BatchSource {

    private final TrainingBatch samples;
    private final int batchSize;
    private final long seed;
    private LoaderPosition position = LoaderPosition.START;

    /**
     * @param samples   all of them; the tensors are taken over
     * @param batchSize how many {@link #next} returns
     * @throws IllegalArgumentException if there are fewer samples than that, or their numbers differ
     */
    public LatentsInMemory(TrainingBatch samples, int batchSize, long seed) {
        long count = samples.latents().size(0);
        Tensor features = samples.features();
        if (samples.labels().size(0) != count || features != null && features.size(0) != count) {
            throw new IllegalArgumentException("there are " + count + " latents, but not as many labels or features");
        }
        if (batchSize < 1 || batchSize > count) {
            throw new IllegalArgumentException("batches of " + batchSize + " from " + count + " samples");
        }
        samples.latents().unscoped();
        samples.labels().unscoped();
        if (features != null) {
            features.unscoped();
        }
        this.samples = samples;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    @Override
    public TrainingBatch next(Draws draws) {
        try (TensorScope scope = TensorScope.open();
                Generator generator = Generator.seeded(seed + position.epoch())) {
            long begin = position.batch() * batchSize;
            Tensor chosen = Torch.randperm(generator, samples.latents().size(0)).slice(0, begin, begin + batchSize);
            boolean last = position.batch() + 1 == batchesPerEpoch();
            position = last
                    ? new LoaderPosition(position.epoch() + 1, 0)
                    : new LoaderPosition(position.epoch(), position.batch() + 1);
            return new TrainingBatch(
                    scope.keep(samples.latents().indexSelect(0, chosen)),
                    scope.keep(samples.labels().indexSelect(0, chosen)),
                    choose(scope, samples.features(), chosen));
        }
    }

    private static @Nullable Tensor choose(TensorScope scope, @Nullable Tensor features, Tensor chosen) {
        return features == null ? null : scope.keep(features.indexSelect(0, chosen));
    }

    private long batchesPerEpoch() {
        return samples.latents().size(0) / batchSize;
    }

    @Override
    public LoaderPosition position() {
        return position;
    }

    @Override
    public void moveTo(LoaderPosition place) {
        if (place.batch() >= batchesPerEpoch()) {
            throw new IllegalArgumentException(
                    "there is no " + place + " in epochs of " + batchesPerEpoch() + " batches");
        }
        position = place;
    }

    @Override
    public EpochSize epochSize() {
        return new EpochSize(samples.latents().size(0), batchSize);
    }

    @Override
    public void close() {
        samples.latents().close();
        samples.labels().close();
        if (samples.features() != null) {
            samples.features().close();
        }
    }
}
