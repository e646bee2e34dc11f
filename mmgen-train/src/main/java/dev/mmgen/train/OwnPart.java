package dev.mmgen.train;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.BatchOrder;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.Collection;
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
        return new OwnPart(check(loss), "compute", stepsMade + 1);
    }

    static OwnPart of(BatchSource source, long stepsMade) {
        return new OwnPart(new PartCheck("batch source", BatchSource.class, source), "next", stepsMade + 1);
    }

    static PartCheck check(TrainingLoss loss) {
        return new PartCheck("loss", TrainingLoss.class, loss);
    }

    /** Returns the path of a loss, for a file. */
    static Interpolant path(TrainingLoss loss) {
        return check(loss).value("path", loss::path);
    }

    /** Returns the name of a loss's path, for a file. */
    static String pathName(TrainingLoss loss) {
        Interpolant path = path(loss);
        return new PartCheck("interpolant", Interpolant.class, path).value("name", path::name);
    }

    /** Returns where a source stands; null is refused. */
    static LoaderPosition position(BatchOrder source) {
        return new PartCheck("batch source", BatchOrder.class, source).value("position", source::position);
    }

    /** Returns where a source stands after its batches for a step. */
    static LoaderPosition position(BatchOrder source, long step) {
        try {
            return position(source);
        } catch (PartException e) {
            throw new TrainingException("step " + step + ": " + e.getMessage(), e);
        }
    }

    /** Calls the part. What a part of the library throws names its reason already. */
    <T> T call(Supplier<? extends @Nullable T> body) {
        return checked(() -> check.value(call, body));
    }

    /** Runs the backward pass of a loss, which fails if the loss has done that itself. */
    void backward(Runnable body) {
        checked(() -> {
            check.run("the backward pass of its total", body);
            return true;
        });
    }

    private <T> T checked(Supplier<T> body) {
        try {
            return body.get();
        } catch (PartException e) {
            throw new TrainingException("step " + step + ": " + e.getMessage(), e);
        }
    }

    private TrainingException broken(String returned, String rule) {
        PartException e = check.broken(call, returned, rule);
        return new TrainingException("step " + step + ": " + e.getMessage(), e);
    }

    TrainingBatch requireBatch(TrainingBatch batch, TrainingPlan plan) {
        TransformerConfig model = plan.model();
        usable("a batch with latents", batch.latents());
        usable("a batch with labels", batch.labels());
        if (batch.samples() < 1 || batch.latents().size(1) != model.inputChannels()) {
            throw broken(
                    "latents of shape " + batch.latents().shape(),
                    "the model takes [N, " + model.inputChannels() + ", h, w]");
        }
        if (batch.samples() > plan.microBatch()) {
            throw broken(
                    batch.samples() + " samples",
                    "the plan's micro-batch has at most " + plan.microBatch() + " samples");
        }
        requireFloat32("latents", batch.latents());
        if (check.isForeign()) {
            requireLabels(batch.labels(), model);
        }
        if (batch.features() == null
                && check.isForeign()
                && plan.loss() instanceof VelocityLoss loss
                && loss.needsFeatures()
                && loss.alignment().isActive(step - 1)) {
            throw broken(
                    "a batch without features", "representation alignment needs them; give it the weight 0 otherwise");
        }
        if (batch.features() != null) {
            usable("a batch with features", batch.features());
            requireFloat32("features", batch.features());
            requireFeatures(batch.features(), batch.latents(), plan);
        }
        if (batch.validity() != null) {
            usable("a batch with validity", batch.validity());
            requireFloat32("validity", batch.validity());
        }
        return batch;
    }

    private void usable(String what, @Nullable Tensor tensor) {
        checked(() -> check.requireUsable(call, what, tensor));
    }

    private void requireFloat32(String name, Tensor tensor) {
        if (tensor.dtype() != DType.FLOAT32) {
            throw broken(name + " of " + tensor.dtype().torchName(), "the type must be float32");
        }
    }

    private void requireLabels(Tensor labels, TransformerConfig model) {
        for (long label : labels.toLongs()) {
            if (label < 0 || label > model.nullLabel()) {
                throw broken("label " + label, "the model has classes 0 to " + (model.classes() - 1));
            }
        }
    }

    /** A loss of the library's own aligns every patch with a feature of the projector's width. */
    private void requireFeatures(Tensor features, Tensor latents, TrainingPlan plan) {
        if (!(plan.loss() instanceof VelocityLoss loss)
                || !loss.needsFeatures()
                || plan.model().projections().isEmpty()) {
            return;
        }
        long patch = plan.model().patchSize();
        Shape wanted = Shape.of(
                latents.size(0),
                latents.size(2) / patch * (latents.size(3) / patch),
                plan.model().projections().getFirst());
        if (!features.shape().equals(wanted)) {
            throw broken("features of shape " + features.shape(), "representation alignment needs " + wanted);
        }
    }

    LossTerms requireTerms(LossTerms terms, int modalities, int samples) {
        requireScalar("a total", terms.total());
        requireScalar("a velocity", terms.velocity());
        if (terms.alignment() != null) {
            requireScalar("an alignment", terms.alignment());
        }
        if (!terms.total().requiresGrad()) {
            throw broken("a total without gradients", "it must come from what the context's forward pass returns");
        }
        usable("errors per modality", terms.perModality());
        int @Nullable [] supervised = terms.supervised();
        if (supervised == null) {
            throw broken("counts of supervised samples that are null", "there must be one per modality");
        }
        if (!terms.perModality().shape().equals(Shape.of(modalities)) || supervised.length != modalities) {
            throw broken(
                    "errors of shape " + terms.perModality().shape() + " and " + supervised.length
                            + " counts of samples per modality",
                    "the model has " + modalities + " modalities");
        }
        for (int count : supervised) {
            if (count < 0 || count > samples) {
                throw broken("a count of " + count + " supervised samples", "the batch has " + samples);
            }
        }
        return terms;
    }

    private void requireScalar(String term, @Nullable Tensor value) {
        usable(term, value);
        if (value != null && value.elements() != 1) {
            throw broken(term + " of shape " + value.shape(), "it must be a scalar");
        }
    }

    /** Checks the numbers that are only reported; those of a total that is not finite are reported with it. */
    void requireFinite(LossReport report) {
        if (!Double.isFinite(report.velocity())) {
            throw broken("a velocity of " + report.velocity(), "it must be finite, as the total is");
        }
        if (report.alignment() != null && !Double.isFinite(report.alignment())) {
            throw broken("an alignment of " + report.alignment(), "it must be finite, as the total is");
        }
        for (Double error : report.perModality()) {
            if (error != null && !Double.isFinite(error)) {
                throw broken("errors per modality of " + report.perModality(), "they must be finite, as the total is");
            }
        }
    }

    /** Checks that a step's losses came from the model. */
    void requireGradients(Collection<Parameter> parameters) {
        if (parameters.stream().noneMatch(OwnPart::hasGradient)) {
            throw broken(
                    "a total that no weight of the model has a gradient of",
                    "it must come from what the context's forward pass returns");
        }
    }

    private static boolean hasGradient(Parameter parameter) {
        if (!parameter.value().requiresGrad()) {
            return false;
        }
        try (Tensor gradient = parameter.value().grad()) {
            return gradient != null;
        }
    }
}
