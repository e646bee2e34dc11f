package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.part.PartCheck;
import dev.mmgen.sampling.CheckedInterpolant;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossContext.ModelInput;
import dev.mmgen.train.random.Draws;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The training loss of the paper: the mean squared error of the velocity, averaged per modality over the samples in which it
 * is supervised and summed with a weight per modality, plus representation alignment (section 3.3; reference {@code SILoss}).
 *
 * @param path               from data to noise
 * @param conditioning       how batches are noised and supervised
 * @param modalityWeights    one per modality; 1, 0.2, 0.1, 0.1 in the reference
 * @param classDropout       how often a class is replaced by "no class", for guidance, 0 to 1; 0.1 in the reference
 * @param givenClassDropout  the same for samples that have a condition; null for no difference, as in the reference. A model
 *                           that is to read photos whose class nobody names should not learn to rely on it
 * @param compensateVelocity true bends the target of the second half of a batch towards the noise, by that part of the
 *                           remaining way that is orthogonal to the velocity (an option of the reference)
 * @param alignment          of the model's tokens with those of a teacher
 * @param distillation       from the model that a fine-tuning began with
 */
public record VelocityLoss(
        Interpolant path,
        ConditioningRecipe conditioning,
        List<Double> modalityWeights,
        double classDropout,
        @Nullable Double givenClassDropout,
        boolean compensateVelocity,
        RepresentationAlignment alignment,
        Distillation distillation)
        implements TrainingLoss {

    private static final VelocityLoss RELEASED = new VelocityLoss(
            Interpolant.linear(),
            ConditioningRecipe.released(),
            List.of(1.0, 0.2, 0.1, 0.1),
            0.1,
            null,
            false,
            RepresentationAlignment.REFERENCE,
            Distillation.NONE);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public VelocityLoss {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(conditioning, "conditioning");
        Objects.requireNonNull(alignment, "alignment");
        Objects.requireNonNull(distillation, "distillation");
        modalityWeights = List.copyOf(Objects.requireNonNull(modalityWeights, "modalityWeights"));
        if (modalityWeights.isEmpty()
                || !modalityWeights.stream().allMatch(weight -> weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException("setting 'modalityWeights' is " + modalityWeights
                    + "; it must list one weight per modality, none negative");
        }
        requireShare("classDropout", classDropout);
        if (givenClassDropout != null) {
            requireShare("givenClassDropout", givenClassDropout);
        }
    }

    private static void requireShare(String name, double dropout) {
        if (!(dropout >= 0 && dropout <= 1)) {
            throw new IllegalArgumentException("setting '" + name + "' is " + dropout + "; it must be from 0 to 1");
        }
    }

    /** The loss of the released models. */
    public static VelocityLoss released() {
        return RELEASED;
    }

    /** Returns the same loss on another path. */
    public VelocityLoss withPath(Interpolant other) {
        return new VelocityLoss(
                other,
                conditioning,
                modalityWeights,
                classDropout,
                givenClassDropout,
                compensateVelocity,
                alignment,
                distillation);
    }

    /** Returns the same loss with batches noised and supervised otherwise. */
    public VelocityLoss withConditioning(ConditioningRecipe other) {
        return new VelocityLoss(
                path,
                other,
                modalityWeights,
                classDropout,
                givenClassDropout,
                compensateVelocity,
                alignment,
                distillation);
    }

    /** Returns the same loss with other weights of the modalities. */
    public VelocityLoss withModalityWeights(List<Double> others) {
        return new VelocityLoss(
                path,
                conditioning,
                others,
                classDropout,
                givenClassDropout,
                compensateVelocity,
                alignment,
                distillation);
    }

    /** Returns the same loss with classes dropped as often; 0 for a model without a null class. */
    public VelocityLoss withClassDropout(double other) {
        return new VelocityLoss(
                path,
                conditioning,
                modalityWeights,
                other,
                givenClassDropout,
                compensateVelocity,
                alignment,
                distillation);
    }

    /** Returns the same loss with classes of samples that have a condition dropped as often; null for no difference. */
    public VelocityLoss withGivenClassDropout(@Nullable Double other) {
        return new VelocityLoss(
                path, conditioning, modalityWeights, classDropout, other, compensateVelocity, alignment, distillation);
    }

    /** Returns the same loss with the target bent towards the noise in the second half of a batch, or not. */
    public VelocityLoss withCompensateVelocity(boolean wanted) {
        return new VelocityLoss(
                path, conditioning, modalityWeights, classDropout, givenClassDropout, wanted, alignment, distillation);
    }

    /** Returns the same loss with another alignment. */
    public VelocityLoss withAlignment(RepresentationAlignment other) {
        return new VelocityLoss(
                path,
                conditioning,
                modalityWeights,
                classDropout,
                givenClassDropout,
                compensateVelocity,
                other,
                distillation);
    }

    /** Returns the same loss with another weight of alignment; 0 for data without features. */
    public VelocityLoss withAlignmentWeight(double weight) {
        return withAlignment(alignment.withWeight(weight));
    }

    /** Returns the same loss with another distillation; {@link Distillation#NONE} for none. */
    public VelocityLoss withDistillation(Distillation other) {
        return new VelocityLoss(
                path,
                conditioning,
                modalityWeights,
                classDropout,
                givenClassDropout,
                compensateVelocity,
                alignment,
                other);
    }

    @Override
    public void requireFit(TransformerConfig model) {
        if (modalityWeights.size() != model.modalities()) {
            throw new IllegalArgumentException("setting 'modalityWeights' lists " + modalityWeights.size()
                    + " weights, but the model has " + model.modalities() + " modalities");
        }
        TimeScheme scheme = conditioning.scheme();
        TimeEmbedding given = scheme instanceof AbsentPart
                ? model.timeEmbedding()
                : new PartCheck("time scheme", TimeScheme.class, scheme).value("embedding", scheme::embedding);
        if (given != model.timeEmbedding()) {
            throw new IllegalArgumentException("setting 'conditioning.scheme' is " + scheme + ", which gives times "
                    + given + "; it must give times " + model.timeEmbedding() + ", as the model takes them");
        }
        int modality = switch (scheme) {
            case TimeScheme.FixedCondition fixed -> fixed.modality();
            case DirectReading reading -> reading.modality();
            default -> 0;
        };
        if (modality >= model.modalities()) {
            throw new IllegalArgumentException("setting 'conditioning.scheme.modality' is " + modality
                    + ", but the model has " + model.modalities() + " modalities, numbered from 0");
        }
        if (!model.nullClass()) {
            requireNoDropout("classDropout", classDropout);
            requireNoDropout("givenClassDropout", givenClassDropout == null ? 0 : givenClassDropout);
        }
        alignment.requireFit(model);
        distillation.requireFit(model);
    }

    private static void requireNoDropout(String name, double dropout) {
        if (dropout > 0) {
            throw new IllegalArgumentException(
                    "setting '" + name + "' is " + dropout + "; it must be 0, since the model has no null class");
        }
    }

    @Override
    public boolean needsFeatures() {
        return alignment.needsFeatures();
    }

    @Override
    public boolean needsEma() {
        return alignment.needsEma();
    }

    @Override
    public boolean needsBase() {
        return distillation.isActive();
    }

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        return LossTerms.keeping(() -> compare(context, batch, prepare(context.config(), batch, context.draws())));
    }

    /**
     * Draws noise and a plan and mixes a batch accordingly. Draws are made in the reference's order: the plan, the
     * noise, the classes to drop.
     *
     * @throws IllegalArgumentException if the shapes do not fit, a label is out of range, or the recipe's times are not
     *     those that the model takes
     */
    NoisyBatch prepare(TransformerConfig config, TrainingBatch batch, Draws draws) {
        requireFit(config);
        Tensor given = batch.latents();
        if (given.size(1) != config.inputChannels()) {
            throw new IllegalArgumentException("latents of shape " + given.shape() + " for a model that takes [N, "
                    + config.inputChannels() + ", h, w]");
        }
        try (TensorScope scope = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            LatentShape shape = LatentShape.of(given, modalityWeights.size());
            ConditioningPlan planned = conditioning.plan(shape, draws);
            ConditioningPlan drawn = planned.withTimes(planned.times().to(given.device(), given.dtype()));
            KnownLatents known = KnownLatents.of(batch.validity(), shape);
            ConditioningPlan plan = distillation.leavingBlank(known.restrict(drawn), draws);
            Tensor latents = known.restrict(given);
            Tensor noise = plan.noise(draws.normal(latents.shape().toArray()).to(latents.device(), latents.dtype()));
            Tensor times = NoisyBatch.broadcast(plan.times());
            Interpolant path = CheckedInterpolant.of(this.path);
            Tensor input = hide(path.mix(latents, noise, times), plan.visible());
            Tensor velocity = path.velocityTarget(latents, noise, times);
            Tensor target = compensateVelocity ? compensate(input, noise, velocity) : velocity;
            Tensor tasks = plan.tasks().to(latents.device());
            Tensor labels = dropClasses(batch.labels(), plan.conditions(), config, draws)
                    .to(latents.device());
            ModelInput seen =
                    new ModelInput(scope.keep(input), scope.keep(plan.times()), scope.keep(labels), scope.keep(tasks));
            return new NoisyBatch(plan, seen, scope.keep(noise), scope.keep(target), batch.validity());
        }
    }

    private static Tensor hide(Tensor input, ModalityMask visible) {
        return visible.isFull() ? input : input.mul(visible.overChannels(input));
    }

    /** Adds to the velocity that part of the way from here to the noise that is orthogonal to it. */
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
        double whenGiven = givenClassDropout == null ? classDropout : givenClassDropout;
        if (classDropout > 0 || whenGiven > 0) {
            float[] drawn = draws.uniform(classes.length).toFloats();
            for (int i = 0; i < classes.length; i++) {
                double dropout = conditions.hasAny(i) ? whenGiven : classDropout;
                classes[i] = drawn[i] < (float) dropout ? config.nullLabel() : classes[i];
            }
        }
        return Torch.tensor(classes);
    }

    /** Runs the model on a noisy batch and compares its answer with the truth. */
    LossTerms compare(LossContext context, TrainingBatch batch, NoisyBatch drawn) {
        NoisyBatch noisy = distillation.isActive() ? distillation.target(context, drawn) : drawn;
        if (!alignment.isActive(context.step())) {
            return terms(noisy, context.velocity(noisy.input()), null);
        }
        VelocityModel.Prediction prediction = context.predict(noisy.input());
        Tensor misalignment = alignment.loss(prediction.projections(), List.of(teacherTokens(context, batch, noisy)));
        return terms(noisy, prediction.velocity(), misalignment);
    }

    private Tensor teacherTokens(LossContext context, TrainingBatch batch, NoisyBatch noisy) {
        return switch (alignment.teacher()) {
            case RepresentationAlignment.Teacher.Features _ -> {
                if (batch.features() == null) {
                    throw new IllegalArgumentException(
                            "step " + context.step() + " is aligned, but the batch has no features to align with");
                }
                yield batch.features();
            }
            case RepresentationAlignment.Teacher.Ema ema -> emaTokens(context, batch, noisy, ema);
        };
    }

    /** The EMA sees the same data and noise, nothing hidden, at earlier times. */
    private Tensor emaTokens(
            LossContext context, TrainingBatch batch, NoisyBatch noisy, RepresentationAlignment.Teacher.Ema ema) {
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                ModelInput seen = noisy.input();
                Tensor times = seen.times().mul(ema.timeFactor());
                Tensor latents =
                        CheckedInterpolant.of(path).mix(batch.latents(), noisy.noise(), NoisyBatch.broadcast(times));
                ModelInput input = new ModelInput(latents, times, seen.labels(), seen.tasks());
                return context.emaTokens(input, ema.depthIn(context.config().depth()));
            });
        }
    }

    private LossTerms terms(NoisyBatch batch, Tensor velocity, @Nullable Tensor misalignment) {
        return terms(batch.plan().supervised(), errors(batch, velocity), misalignment);
    }

    /** Returns the mean squared error of each modality of each sample, {@code [N, M]}. */
    Tensor errors(NoisyBatch batch, Tensor velocity) {
        Tensor error = velocity.to(DType.FLOAT32).sub(batch.target());
        return KnownLatents.mean(error.mul(error), batch.plan().supervised(), batch.validity());
    }

    /** Joins errors {@code [N, M]}: a mean over the supervised samples, a weighted sum over the modalities. */
    LossTerms terms(ModalityMask supervised, Tensor errors, @Nullable Tensor misalignment) {
        Tensor perModality = perModality(supervised, errors);
        Tensor shares = row(modalityWeights.stream()
                        .mapToDouble(weight -> weight)
                        .toArray())
                .to(errors.device());
        Tensor weighted = perModality.mul(shares).sum();
        Tensor total = misalignment == null ? weighted : weighted.addScaled(misalignment, alignment.weight());
        return new LossTerms(total, weighted, perModality, counts(supervised), misalignment);
    }

    private Tensor perModality(ModalityMask supervised, Tensor errors) {
        double[] shares = new double[modalityWeights.size()];
        for (int m = 0; m < shares.length; m++) {
            shares[m] = 1.0 / Math.max(1, supervised.count(m));
        }
        return errors.mul(supervised.toTensor().mul(row(shares)).to(errors.device()))
                .sum(0);
    }

    private static Tensor row(double[] values) {
        return Torch.tensor(values).to(DType.FLOAT32);
    }

    private static int[] counts(ModalityMask supervised) {
        int[] counts = new int[supervised.modalities()];
        for (int m = 0; m < counts.length; m++) {
            counts[m] = supervised.count(m);
        }
        return counts;
    }
}
