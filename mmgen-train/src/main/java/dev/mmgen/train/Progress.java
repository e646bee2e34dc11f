package dev.mmgen.train;

import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import org.jspecify.annotations.Nullable;

/**
 * How far a training has come, apart from its tensors.
 *
 * @param steps    made so far
 * @param position of the next batch
 * @param epoch    that the position is in; null if it is not known
 * @param scaler   of the loss; null leaves it as it is
 */
record Progress(
        long steps, LoaderPosition position, @Nullable EpochSize epoch, GradScaler.@Nullable State scaler) {

    static Progress of(Trainer trainer) {
        return new Progress(
                trainer.stepsMade(),
                trainer.position(),
                trainer.epochSize(),
                trainer.update().scaler().state());
    }
}
