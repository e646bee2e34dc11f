package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.loss.LossContext.ModelInput;

/**
 * The model that a training began with, under guidance: what a distillation compares a student with.
 *
 * @param context  asks it
 * @param guidance at the times of each modality; {@link Guidance#NONE} for the class's velocity alone
 */
record Teacher(LossContext context, Guidance guidance) {

    /**
     * The channels of a batch that guidance by conditions tells apart.
     *
     * @param drawn   1 in the samples that are guided, {@code [N, M * C, 1, 1]}
     * @param given   1 in the channels of given modalities, likewise
     * @param noise   of these where they are as noisy as the rest, {@code [N, M * C, h, w]}
     */
    record Given(Tensor drawn, Tensor given, Tensor noise) {

        /** Samples that read without noise are not guided: their answer is a mean, which guidance would only exaggerate. */
        static Given of(NoisyBatch batch) {
            ModalityMask noiseless = batch.plan().noiseless();
            ModalityMask drawn =
                    ModalityMask.of(noiseless.samples(), noiseless.modalities(), (i, _) -> !noiseless.hasAny(i));
            return new Given(
                    drawn.overChannels(batch.noise()),
                    batch.plan().conditions().overChannels(batch.noise()),
                    batch.noise());
        }

        Given rows(Tensor rows) {
            return new Given(drawn.indexSelect(0, rows), given.indexSelect(0, rows), noise.indexSelect(0, rows));
        }

        /** Returns an input with given modalities as noisy as the rest, as where the model draws them too. The linear path alone. */
        ModelInput free(ModelInput input) {
            Tensor told = NoisyBatch.broadcast(input.times());
            Tensor time = told.amaxKeep(1);
            Tensor times = told.add(given.mul(time.sub(told)));
            Tensor latents = input.latents();
            Tensor tasks = input.tasks();
            return new ModelInput(
                    latents.add(given.mul(time).mul(noise.sub(latents))),
                    times,
                    input.labels(),
                    Torch.full(0, DType.INT64, tasks.device(), tasks.shape()));
        }
    }

    /** Returns the guided velocity of a batch, float32 {@code [N, M * C, h, w]}, without gradients. */
    Tensor velocity(NoisyBatch batch) {
        return velocity(batch.input(), Given.of(batch));
    }

    /** Returns the guided velocity of an input, float32 {@code [N, M * C, h, w]}, without gradients. */
    Tensor velocity(ModelInput input, Given given) {
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                Tensor withClass = context.baseVelocity(input).to(DType.FLOAT32);
                if (guidance.scale() == 1) {
                    return withClass.add(conditionsChange(input, withClass, given));
                }
                ModelInput unnamed = unnamed(input);
                Tensor without = context.baseVelocity(unnamed).to(DType.FLOAT32);
                Tensor excess = excess(guidance.scale(), input.times()).mul(given.drawn());
                return withClass.add(excess.mul(withClass.sub(without))).add(conditionsChange(unnamed, without, given));
            });
        }
    }

    private ModelInput unnamed(ModelInput input) {
        Tensor labels = input.labels();
        Tensor none = Torch.full(context.config().nullLabel(), DType.INT64, labels.device(), labels.shape());
        return new ModelInput(input.latents(), input.times(), none, input.tasks());
    }

    /** Returns what condition guidance adds: 0 where nothing is given. */
    private Tensor conditionsChange(ModelInput input, Tensor told, Given given) {
        if (guidance.conditionScale() == 1) {
            return Torch.zeros(1).to(told.device());
        }
        ModelInput free = given.free(input);
        Tensor untold = context.baseVelocity(free).to(DType.FLOAT32);
        return excess(guidance.conditionScale(), free.times())
                .mul(given.drawn())
                .mul(told.sub(untold));
    }

    /** Returns by how much a scale is above 1 at each time: 0 where guidance does not apply. */
    private Tensor excess(double scale, Tensor given) {
        Tensor times = NoisyBatch.broadcast(given);
        Tensor low = Torch.tensor(new float[] {(float) guidance.low()}).to(times.device());
        Tensor high = Torch.tensor(new float[] {(float) guidance.high()}).to(times.device());
        return times.ge(low).logicalAnd(times.le(high)).to(DType.FLOAT32).mul(scale - 1);
    }

    static void requireFit(VelocityLoss velocity, Guidance guidance, TransformerConfig model) {
        if (guidance.scale() != 1 && !model.nullClass()) {
            throw new IllegalArgumentException("guidance of " + guidance.scale()
                    + " needs a teacher with a null class, which this one lacks; use Guidance.NONE");
        }
        if (guidance.conditionScale() != 1
                && (model.timeEmbedding() == TimeEmbedding.SHARED
                        || !velocity.path().equals(Interpolant.linear()))) {
            throw new IllegalArgumentException("condition guidance of " + guidance.conditionScale()
                    + " needs a teacher that is told times per modality, on the linear path; leave it at 1");
        }
        requirePlain(velocity);
    }

    /** Checks that a loss compares with nothing beside what a distillation compares with. */
    static void requirePlain(VelocityLoss velocity) {
        if (velocity.alignment().weight() > 0) {
            throw new IllegalArgumentException("setting 'alignment.weight' is "
                    + velocity.alignment().weight() + "; it must be 0 in a distillation, which aligns nothing");
        }
        if (velocity.distillation().isActive()) {
            throw new IllegalArgumentException("setting 'distillation.share' is "
                    + velocity.distillation().share() + "; it must be 0 where the whole target is a teacher's");
        }
    }
}
