package dev.mmgen.train;

import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.TrainingLoss;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The contract of the parts of a step that a program may bring: whoever breaks it is named with its class and the step. */
final class OwnPart {

    private final PartCheck check;
    private final String call;
    private final long step;

    private OwnPart(PartCheck check, String call, long step) {
        this.check = check;
        this.call = call;
        this.step = step;
    }

    static OwnPart of(TrainingLoss loss, long stepsMade) {
        return new OwnPart(new PartCheck("loss", TrainingLoss.class, loss), "compute", stepsMade + 1);
    }

    static OwnPart of(BatchSource source, long stepsMade) {
        return new OwnPart(new PartCheck("batch source", BatchSource.class, source), "next", stepsMade + 1);
    }

    /** Calls the part. What a part of the library throws names its reason already. */
    <T> T call(Supplier<? extends @Nullable T> body) {
        try {
            return check.value(call, body);
        } catch (PartException e) {
            throw new TrainingException("step " + step + ": " + e.getMessage(), e);
        }
    }

    private TrainingException broken(String returned, String rule) {
        PartException e = check.broken(call, returned, rule);
        return new TrainingException("step " + step + ": " + e.getMessage(), e);
    }

    TrainingBatch requireBatch(TrainingBatch batch, int channels) {
        if (batch.samples() < 1 || batch.latents().size(1) != channels) {
            throw broken("latents of shape " + batch.latents().shape(), "the model takes [N, " + channels + ", h, w]");
        }
        return batch;
    }

    LossTerms requireTerms(LossTerms terms, int modalities) {
        requireScalar("total", terms.total());
        requireScalar("velocity", terms.velocity());
        if (terms.alignment() != null) {
            requireScalar("alignment", terms.alignment());
        }
        if (!terms.total().requiresGrad()) {
            throw broken("a total without gradients", "it must come from what the context's forward pass returns");
        }
        if (!terms.perModality().shape().equals(Shape.of(modalities)) || terms.supervised().length != modalities) {
            throw broken(
                    "errors of shape " + terms.perModality().shape() + " and " + terms.supervised().length
                            + " counts of samples per modality",
                    "the model has " + modalities + " modalities");
        }
        return terms;
    }

    private void requireScalar(String term, Tensor value) {
        if (value.isClosed()) {
            throw broken("a closed " + term, "it must be open: keep it in the scope that the loss opens");
        }
        if (value.elements() != 1) {
            throw broken("a " + term + " of shape " + value.shape(), "it must be a scalar");
        }
    }
}
