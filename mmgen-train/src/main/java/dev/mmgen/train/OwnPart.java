package dev.mmgen.train;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.LoadedBatches;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.function.Supplier;

/** The contract of parts that a program may bring: whoever breaks it is named with its class. */
final class OwnPart {

    private final String name;
    private final long step;
    private final boolean ofLibrary;

    private OwnPart(String role, Object part, long step, boolean ofLibrary) {
        this.name = role + " " + part.getClass().getName();
        this.step = step;
        this.ofLibrary = ofLibrary;
    }

    static OwnPart of(TrainingLoss loss, long stepsMade) {
        return new OwnPart("the loss", loss, stepsMade + 1, loss instanceof VelocityLoss);
    }

    static OwnPart of(BatchSource source, long stepsMade) {
        boolean ofLibrary = source instanceof LoadedBatches || source instanceof LatentsInMemory;
        return new OwnPart("the batch source", source, stepsMade + 1, ofLibrary);
    }

    /** Calls the part. What a part of the library throws names its reason already. */
    <T> T call(Supplier<T> body) {
        try {
            return body.get();
        } catch (TrainingException | DataException e) {
            throw e;
        } catch (RuntimeException e) {
            throw ofLibrary ? e : new TrainingException("step " + step + ": " + name + " failed: " + e, e);
        }
    }

    private TrainingException broken(String what) {
        return new TrainingException("step " + step + ": " + name + " returned " + what);
    }

    @SuppressWarnings("ConstantValue") // a program's own source may return anything
    TrainingBatch requireBatch(TrainingBatch batch, int channels) {
        if (batch == null) {
            throw broken("null; it must return a batch");
        }
        if (batch.samples() < 1 || batch.latents().size(1) != channels) {
            throw broken(
                    "latents of shape " + batch.latents().shape() + "; the model takes [N, " + channels + ", h, w]");
        }
        return batch;
    }

    @SuppressWarnings("ConstantValue") // a program's own loss may return anything
    LossTerms requireTerms(LossTerms terms, int modalities) {
        if (terms == null) {
            throw broken("null; it must return the terms of the loss");
        }
        requireScalar("total", terms.total());
        requireScalar("velocity", terms.velocity());
        if (terms.alignment() != null) {
            requireScalar("alignment", terms.alignment());
        }
        if (!terms.total().requiresGrad()) {
            throw broken("a total without gradients; compute it from what the context's forward pass returns");
        }
        if (!terms.perModality().shape().equals(Shape.of(modalities)) || terms.supervised().length != modalities) {
            throw broken("errors of shape " + terms.perModality().shape() + " and " + terms.supervised().length
                    + " counts of samples per modality; the model has " + modalities + " modalities");
        }
        return terms;
    }

    private void requireScalar(String term, Tensor value) {
        if (value.elements() != 1) {
            throw broken("a " + term + " of shape " + value.shape() + "; it must be a scalar");
        }
    }
}
