package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.loss.LossContext.ModelInput;

/**
 * The model that a training began with, under classifier-free guidance: what a distillation compares a student with.
 *
 * @param context  asks it
 * @param guidance at the times of each modality; {@link Guidance#NONE} for the class's velocity alone
 */
record Teacher(LossContext context, Guidance guidance) {

    /**
     * Returns the guided velocity of a batch, float32 {@code [N, M * C, h, w]}, without gradients. Samples that read without noise are
     * not guided: their answer is a mean, which guidance would only exaggerate.
     */
    Tensor velocity(NoisyBatch batch) {
        ModalityMask noiseless = batch.plan().noiseless();
        return velocity(
                batch.input(),
                ModalityMask.of(noiseless.samples(), noiseless.modalities(), (i, _) -> !noiseless.hasAny(i)));
    }

    /** Returns the guided velocity of an input, float32 {@code [N, M * C, h, w]}, without gradients. */
    Tensor velocity(ModelInput input) {
        return velocity(
                input,
                ModalityMask.all(
                        Math.toIntExact(input.latents().size(0)),
                        context.config().modalities()));
    }

    private Tensor velocity(ModelInput input, ModalityMask drawn) {
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                Tensor withClass = context.baseVelocity(input).to(DType.FLOAT32);
                if (guidance.scale() == 1) {
                    return withClass;
                }
                Tensor none = Torch.full(
                        context.config().nullLabel(),
                        DType.INT64,
                        input.labels().device(),
                        input.labels().shape());
                ModelInput unnamed = new ModelInput(input.latents(), input.times(), none, input.tasks());
                Tensor without = context.baseVelocity(unnamed).to(DType.FLOAT32);
                Tensor excess = excess(input.times()).mul(drawn.overChannels(withClass));
                return withClass.add(excess.mul(withClass.sub(without)));
            });
        }
    }

    /** Returns by how much the scale is above 1 at each time: 0 where guidance does not apply. */
    private Tensor excess(Tensor given) {
        Tensor times = NoisyBatch.broadcast(given);
        Tensor low = Torch.tensor(new float[] {(float) guidance.low()}).to(times.device());
        Tensor high = Torch.tensor(new float[] {(float) guidance.high()}).to(times.device());
        return times.ge(low).logicalAnd(times.le(high)).to(DType.FLOAT32).mul(guidance.scale() - 1);
    }

    static void requireFit(VelocityLoss velocity, Guidance guidance, TransformerConfig model) {
        if (guidance.scale() != 1 && !model.nullClass()) {
            throw new IllegalArgumentException("guidance of " + guidance.scale()
                    + " needs a teacher with a null class, which this one lacks; use Guidance.NONE");
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
