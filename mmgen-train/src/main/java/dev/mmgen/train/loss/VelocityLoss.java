package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The training loss: the mean squared error of the velocity, averaged per modality over the samples in which it is
 * supervised and summed with a weight per modality, plus representation alignment (paper, section 3.3; reference
 * {@code SILoss}).
 *
 * @param path               from data to noise
 * @param recipe             how batches are noised and supervised
 * @param weights            one per modality; 1, 0.2, 0.1, 0.1 in the reference
 * @param classDropout       how often a class is replaced by "no class", for guidance; 0.1 in the reference
 * @param givenClassDropout  the same for samples that have a condition. The reference makes no difference; but a model that is
 *                           to read photos whose class nobody names should not learn to rely on it
 * @param compensateVelocity whether the target of the second half of a batch is bent towards the noise, by the part of
 *                           the remaining way that is orthogonal to the velocity (an option of the reference)
 * @param alignment          of tokens with features
 */
public record VelocityLoss(
        Interpolant path,
        ConditioningRecipe recipe,
        List<Double> weights,
        double classDropout,
        double givenClassDropout,
        boolean compensateVelocity,
        RepresentationAlignment alignment) {

    /** Checks the numbers. */
    public VelocityLoss {
        weights = List.copyOf(weights);
        if (weights.isEmpty() || !weights.stream().allMatch(weight -> weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException(
                    "modality weights " + weights + "; there must be one per modality, not negative");
        }
        requireShare(classDropout);
        requireShare(givenClassDropout);
    }

    private static void requireShare(double dropout) {
        if (!(dropout >= 0 && dropout <= 1)) {
            throw new IllegalArgumentException("a class dropout of " + dropout + "; it must be from 0 to 1");
        }
    }

    /** The loss of the released models. */
    public static VelocityLoss released() {
        return new VelocityLoss(
                Interpolant.linear(),
                ConditioningRecipe.released(),
                List.of(1.0, 0.2, 0.1, 0.1),
                0.1,
                0.1,
                false,
                RepresentationAlignment.REFERENCE);
    }

    /** Returns the same loss with another recipe. */
    public VelocityLoss withRecipe(ConditioningRecipe other) {
        return new VelocityLoss(path, other, weights, classDropout, givenClassDropout, compensateVelocity, alignment);
    }

    /** Returns the same loss with another alignment. */
    public VelocityLoss withAlignment(RepresentationAlignment other) {
        return new VelocityLoss(path, recipe, weights, classDropout, givenClassDropout, compensateVelocity, other);
    }

    /**
     * Draws noise and a plan and mixes a batch accordingly. Draws are made in the reference's order: the plan, the
     * noise, the classes to drop.
     *
     * @param config  of the model to be trained
     * @param latents clean, {@code [N, M * C, h, w]}
     * @param labels  class ids, int64 {@code [N]}
     * @throws IllegalArgumentException if the shapes do not fit, a label is out of range, or the recipe's times are not
     *     those that the model takes
     */
    public NoisyBatch prepare(TransformerConfig config, Tensor latents, Tensor labels, Draws draws) {
        requireFit(config, latents, labels);
        try (TensorScope scope = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            ConditioningPlan plan = onDevice(recipe.plan(LatentShape.of(latents, weights.size()), draws), latents);
            Tensor noise = draws.normal(latents.shape().toArray()).to(latents.device(), latents.dtype());
            Tensor times = NoisyBatch.broadcast(plan.times());
            Tensor input = hide(path.mix(latents, noise, times), plan.visible());
            Tensor velocity = path.velocityTarget(latents, noise, times);
            Tensor target = compensateVelocity ? compensate(input, noise, velocity) : velocity;
            scope.keep(plan.times());
            return new NoisyBatch(
                    plan,
                    path,
                    latents,
                    scope.keep(noise),
                    scope.keep(input),
                    scope.keep(target),
                    scope.keep(plan.tasks().to(latents.device())),
                    scope.keep(dropClasses(labels, plan.conditions(), config, draws)
                            .to(latents.device())));
        }
    }

    private void requireFit(TransformerConfig config, Tensor latents, Tensor labels) {
        if (recipe.scheme().embedding() != config.timeEmbedding()) {
            throw new IllegalArgumentException("the recipe gives times "
                    + recipe.scheme().embedding() + ", but the model takes times " + config.timeEmbedding());
        }
        if (weights.size() != config.modalities()) {
            throw new IllegalArgumentException(
                    weights.size() + " modality weights for a model of " + config.modalities() + " modalities");
        }
        if (latents.rank() != 4 || latents.size(1) != config.inputChannels()) {
            throw new IllegalArgumentException("latents of shape " + latents.shape() + " for a model that takes [N, "
                    + config.inputChannels() + ", h, w]");
        }
        if (!labels.shape().equals(Shape.of(latents.size(0)))) {
            throw new IllegalArgumentException(
                    "labels of shape " + labels.shape() + " for " + latents.size(0) + " samples");
        }
    }

    private static ConditioningPlan onDevice(ConditioningPlan plan, Tensor latents) {
        return new ConditioningPlan(
                plan.times().to(latents.device(), latents.dtype()),
                plan.conditions(),
                plan.supervised(),
                plan.visible());
    }

    private static Tensor hide(Tensor input, ModalityMask visible) {
        if (visible.isFull()) {
            return input;
        }
        Tensor seen = LatentShape.of(input, visible.modalities()).perChannel(visible.toTensor());
        return input.mul(seen.to(input.device(), input.dtype()));
    }

    /** Adds to the velocity what leads from here to the noise and is orthogonal to the velocity. */
    private static Tensor compensate(Tensor input, Tensor noise, Tensor velocity) {
        long samples = input.size(0);
        Tensor way = noise.sub(input);
        Tensor along =
                way.mul(velocity).sumKeep(1, 2, 3).div(velocity.mul(velocity).sumKeep(1, 2, 3));
        Tensor bent = velocity.add(way.sub(along.mul(velocity)));
        return Torch.cat(List.of(velocity.slice(0, 0, samples / 2), bent.slice(0, samples / 2, samples)), 0);
    }

    private Tensor dropClasses(Tensor labels, ModalityMask conditions, TransformerConfig config, Draws draws) {
        long[] classes = labels.toLongs();
        for (long label : classes) {
            if (label < 0 || label > config.nullLabel()) {
                throw new IllegalArgumentException("class " + label + " for a model of " + config.classes()
                        + " classes, 0 to " + (config.classes() - 1));
            }
        }
        if (classDropout > 0 || givenClassDropout > 0) {
            float[] drawn = draws.uniform(classes.length).toFloats();
            for (int i = 0; i < classes.length; i++) {
                double dropout = conditions.hasAny(i) ? givenClassDropout : classDropout;
                classes[i] = drawn[i] < (float) dropout ? config.nullLabel() : classes[i];
            }
        }
        return Torch.tensor(classes);
    }

    /**
     * Runs the model on a batch and compares its answer.
     *
     * @param target what to align tokens with; null only where this step is not aligned
     * @param step   the number of steps made before this one
     */
    public LossParts compute(VelocityModel model, NoisyBatch batch, @Nullable AlignmentTarget target, long step) {
        try (TensorScope scope = TensorScope.open()) {
            if (!alignment.isActive(step)) {
                Tensor velocity = model.forward(batch.input(), batch.plan().times(), batch.labels(), batch.tasks());
                return keep(scope, compare(batch, velocity, null));
            }
            if (target == null) {
                throw new IllegalArgumentException(
                        "step " + step + " is aligned, but there are no features to align with");
            }
            VelocityModel.Prediction prediction =
                    model.predict(batch.input(), batch.plan().times(), batch.labels(), batch.tasks());
            Tensor misalignment = alignment.loss(prediction.projections(), target.tokens(batch));
            return keep(scope, compare(batch, prediction.velocity(), misalignment));
        }
    }

    private LossParts compare(NoisyBatch batch, Tensor velocity, @Nullable Tensor misalignment) {
        Tensor perModality = perModality(batch, velocity);
        Tensor shares =
                row(weights.stream().mapToDouble(weight -> weight).toArray()).to(velocity.device());
        Tensor weighted = perModality.mul(shares).sum();
        Tensor total = misalignment == null ? weighted : weighted.addScaled(misalignment, alignment.weight());
        return new LossParts(total, weighted, perModality, supervisedSamples(batch), misalignment);
    }

    /** A mean over the pixels first, then over supervised samples: all modalities in one pass. */
    private Tensor perModality(NoisyBatch batch, Tensor velocity) {
        ModalityMask supervised = batch.plan().supervised();
        double[] shares = new double[weights.size()];
        for (int m = 0; m < shares.length; m++) {
            shares[m] = 1.0 / Math.max(1, supervised.count(m));
        }
        Tensor error = velocity.to(DType.FLOAT32).sub(batch.target());
        Tensor perSample = error.mul(error)
                .reshape(supervised.samples(), shares.length, -1)
                .mean(2);
        return perSample
                .mul(supervised.toTensor().mul(row(shares)).to(perSample.device()))
                .sum(0);
    }

    private static Tensor row(double[] values) {
        return Torch.tensor(values).to(DType.FLOAT32);
    }

    private static int[] supervisedSamples(NoisyBatch batch) {
        ModalityMask supervised = batch.plan().supervised();
        int[] counts = new int[supervised.modalities()];
        for (int m = 0; m < counts.length; m++) {
            counts[m] = supervised.count(m);
        }
        return counts;
    }

    private static LossParts keep(TensorScope scope, LossParts parts) {
        scope.keep(parts.total());
        scope.keep(parts.velocity());
        scope.keep(parts.perModality());
        if (parts.alignment() != null) {
            scope.keep(parts.alignment());
        }
        return parts;
    }
}
