package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.batch.TrainingBatch;
import java.util.Objects;

/**
 * The loss of the critic of a {@link MomentMatchingLoss}: from a state on the way of the model that is trained, the critic is to tell
 * the mean of the data that this model goes for, as any model of velocities tells the mean of true data.
 *
 * @param velocity how batches are noised, and the weights of the modalities; without alignment
 * @param run      whose steps the trained model learns
 */
public record CriticLoss(VelocityLoss velocity, TimeDistribution.FewSteps run) implements TrainingLoss {

    /** Checks that both are there. */
    public CriticLoss {
        Objects.requireNonNull(velocity, "velocity");
        Objects.requireNonNull(run, "run");
    }

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        return LossTerms.keeping(() -> {
            NoisyBatch noisy = velocity.prepare(context.config(), batch, context.draws());
            Tensor answer = context.rivalVelocity(noisy.input()).to(DType.FLOAT32);
            LaterState later = LaterState.of(noisy, answer, run, context.draws());
            ModalityMask moving = noisy.plan().moving();
            // Where nothing moves, the time may be 0; nothing is compared there.
            Tensor times = later.times()
                    .maximum(moving.overChannels(later.times()).neg().add(1));
            NoisyBatch taught = new NoisyBatch(
                    noisy.plan().withSupervised(moving),
                    later.input(),
                    noisy.noise(),
                    later.input().latents().sub(later.data()).div(times),
                    noisy.validity());
            return velocity.terms(moving, velocity.errors(taught, context.velocity(later.input())), null);
        });
    }

    @Override
    public void requireFit(TransformerConfig model) {
        velocity.requireFit(model);
        Teacher.requirePlain(velocity);
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
