package dev.mmgen.train;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.loss.SeededDraws;

/**
 * A batch and the generator that the rest of its randomness comes from. It belongs to no scope, so that another thread can
 * take it.
 */
record DrawnBatch(TrainingBatch batch, SeededDraws draws) implements AutoCloseable {

    /** Takes the next batch; the generator is taken over. */
    static DrawnBatch of(BatchSource source, SeededDraws draws) {
        try (TensorScope _ = TensorScope.open()) {
            TrainingBatch batch = source.next(draws);
            batch.latents().unscoped();
            batch.labels().unscoped();
            if (batch.features() != null) {
                batch.features().unscoped();
            }
            return new DrawnBatch(batch, draws);
        } catch (RuntimeException e) {
            draws.close();
            throw e;
        }
    }

    /** Frees both. Closing twice has no effect. */
    @Override
    public void close() {
        draws.close();
        batch.latents().close();
        batch.labels().close();
        Tensor features = batch.features();
        if (features != null) {
            features.close();
        }
    }
}
