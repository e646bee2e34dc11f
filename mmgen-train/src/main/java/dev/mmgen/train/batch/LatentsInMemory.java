package dev.mmgen.train.batch;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.random.Draws;
import java.util.Map;

/** A small data set whose latents are in memory: shuffled by seed anew for every epoch, whole batches only. */
public final class LatentsInMemory implements BatchSource {

    private final TrainingBatch samples;
    private final int batchSize;
    private final long seed;
    private LoaderPosition position = LoaderPosition.START;

    /**
     * Begins at the first batch.
     *
     * @param samples   all of them; the tensors are taken over
     * @param batchSize how many {@link #next} returns
     * @throws IllegalArgumentException if there are fewer samples than that
     */
    public LatentsInMemory(TrainingBatch samples, int batchSize, long seed) {
        if (batchSize < 1 || batchSize > samples.samples()) {
            throw new IllegalArgumentException("batches of " + batchSize + " from " + samples.samples()
                    + " samples; a batch may hold at most all of them");
        }
        this.samples = samples.unscoped();
        this.batchSize = batchSize;
        this.seed = seed;
    }

    @Override
    public TrainingBatch next(Draws draws) {
        try (TensorScope scope = TensorScope.open();
                Generator generator = Generator.seeded(seed + position.epoch())) {
            long begin = position.batch() * batchSize;
            Tensor chosen = Torch.randperm(generator, samples.samples()).slice(0, begin, begin + batchSize);
            boolean last = position.batch() + 1 == batchesPerEpoch();
            position = last
                    ? new LoaderPosition(position.epoch() + 1, 0)
                    : new LoaderPosition(position.epoch(), position.batch() + 1);
            return samples.select(chosen).keepFrom(scope);
        }
    }

    private long batchesPerEpoch() {
        return samples.samples() / batchSize;
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
    public String fingerprint() {
        return checksum(samples.latents()) + ", " + checksum(samples.labels()) + " of seed " + seed;
    }

    private static String checksum(Tensor values) {
        try (StateDict state = StateDict.of(Map.of("values", values.detach().unscoped()))) {
            return Long.toHexString(state.checksum());
        }
    }

    @Override
    public EpochSize epochSize() {
        return new EpochSize(samples.samples(), batchSize);
    }

    @Override
    public void close() {
        samples.close();
    }
}
