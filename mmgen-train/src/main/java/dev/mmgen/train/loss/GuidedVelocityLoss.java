package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.train.batch.TrainingBatch;
import java.util.Objects;

/**
 * The loss of guidance distillation (Meng et al., 2023): the student is to answer at once what the model that the training began
 * with answers under classifier-free guidance, which takes that model two evaluations, and under guidance by conditions, which takes it
 * one more. Without a class the first changes nothing, and where nothing is given the second.
 *
 * @param velocity how batches are noised and supervised, and the weights of the modalities; without alignment
 * @param guidance of the teacher
 */
public record GuidedVelocityLoss(VelocityLoss velocity, Guidance guidance) implements TrainingLoss {

    /** Checks that both are there. */
    public GuidedVelocityLoss {
        Objects.requireNonNull(velocity, "velocity");
        Objects.requireNonNull(guidance, "guidance");
    }

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        return LossTerms.keeping(() -> {
            NoisyBatch noisy = velocity.prepare(context.config(), batch, context.draws());
            NoisyBatch taught = noisy.withTarget(new Teacher(context, guidance).velocity(noisy));
            return velocity.terms(
                    noisy.plan().supervised(), velocity.errors(taught, context.velocity(noisy.input())), null);
        });
    }

    @Override
    public void requireFit(TransformerConfig model) {
        velocity.requireFit(model);
        Teacher.requireFit(velocity, guidance, model);
    }

    @Override
    public boolean needsBase() {
        return true;
    }

    @Override
    public boolean needsAllModalities() {
        return true;
    }

    @Override
    public Interpolant path() {
        return velocity.path();
    }
}
