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
import dev.mmgen.train.batch.TrainingBatch;
import java.util.Objects;

/**
 * The loss that makes a generator of few steps out of a model of velocities, by matching moments (Salimans et al., 2024). In few
 * steps a model of velocities goes for means, which are grey and blurred; a generator goes for possible pictures. It answers a state of
 * true data, ancestral sampling brings it a part of a step on from there, and in that state two frozen models tell the mean of the data:
 * the teacher that of true data, the {@linkplain CriticLoss critic} that of what the generator goes for. The generator's
 * answer x is moved until both agree:
 *
 * <pre>{@code x + (teacher's mean - critic's mean) / |x - teacher's mean|}</pre>
 *
 * <p>is what it is to answer, with the mean distance of a sample below the line (Yin et al., 2024), so that early and late steps count
 * alike. Samples that read without noise keep the teacher's answer: there the mean is what is wanted.
 *
 * <p>The loss itself tells little: it is the squared length of the move, and does not fall to 0.
 *
 * @param velocity how batches are noised and supervised, and the weights of the modalities; its times are replaced by those of the run;
 *                 without alignment
 * @param guidance of the teacher, which the generator then has in it; {@link Guidance#NONE} for a teacher that has it in it already
 * @param run      that the generator is to draw in, such as 4 steps with a shift of 2.2
 */
public record MomentMatchingLoss(VelocityLoss velocity, Guidance guidance, TimeDistribution.FewSteps run)
        implements TrainingLoss {

    /** The least distance that a move is divided by. */
    private static final double LEAST = 1e-3;

    /** Takes the times of the run. */
    public MomentMatchingLoss {
        Objects.requireNonNull(guidance, "guidance");
        Objects.requireNonNull(run, "run");
        velocity = velocity.withConditioning(velocity.conditioning().withTimes(run));
    }

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        return LossTerms.keeping(() -> {
            NoisyBatch noisy = velocity.prepare(context.config(), batch, context.draws());
            Tensor answer = context.velocity(noisy.input()).to(DType.FLOAT32);
            Tensor target = TensorScope.keeping(() -> target(context, noisy, answer.detach()));
            return velocity.terms(noisy.plan().supervised(), velocity.errors(noisy.withTarget(target), answer), null);
        });
    }

    private Tensor target(LossContext context, NoisyBatch noisy, Tensor answer) {
        try (GradMode _ = Torch.noGrad()) {
            LaterState later = LaterState.of(noisy, answer, run, context.draws());
            Tensor taught = new Teacher(context, guidance).velocity(noisy.withInput(later.input()));
            Tensor criticised = context.rivalVelocity(later.input()).to(DType.FLOAT32);
            Tensor moving = noisy.plan().moving().overChannels(answer);
            Tensor mean = later.input().latents().sub(later.times().mul(taught));
            Tensor distance = later.data()
                    .sub(mean)
                    .abs()
                    .mul(moving)
                    .meanKeep(1, 2, 3)
                    .div(moving.meanKeep(1, 2, 3).clamp(LEAST, 1));
            // Data is the state less time times velocity: where the data is to move one way, the velocity is to move
            // the other.
            Tensor move = taught.sub(criticised).mul(later.times()).div(distance.clamp(LEAST, Float.MAX_VALUE));
            return answer.add(move).mul(moving).add(taught.mul(moving.neg().add(1)));
        }
    }

    @Override
    public TrainingLoss critic() {
        return new CriticLoss(velocity, run);
    }

    @Override
    public void requireFit(TransformerConfig model) {
        velocity.requireFit(model);
        Teacher.requireFit(velocity, guidance, model);
        if (model.timeEmbedding() == TimeEmbedding.PER_ELEMENT) {
            throw new IllegalArgumentException(
                    "a model with times per element has no one time at which a step of a run begins; it must take one per modality or sample");
        }
        if (!velocity.path().equals(Interpolant.linear())) {
            throw new IllegalArgumentException(
                    "setting 'path' is " + velocity.path() + "; moments are matched on the linear path alone");
        }
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
