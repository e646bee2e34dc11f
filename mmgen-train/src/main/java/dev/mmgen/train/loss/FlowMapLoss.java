package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossContext.ModelInput;
import dev.mmgen.train.random.Draws;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The loss that makes a flow map of a trained velocity model, whose early blocks go on to see the time and whose late ones learn to see
 * the time at which a step ends (Decoupled MeanFlow, 2025). A share of the samples keeps the velocity of the model that the
 * training began with. The others learn to jump from a time t to a time r as the map itself jumps from a little way along the
 * teacher's velocity v (SoFlow, 2025): with {@code l = t - gap * (t - r)},
 *
 * <pre>{@code u(x_t, t, r) = gap * v + (1 - gap) * u(x_t + (l - t) v, l, r)}</pre>
 *
 * <p>whose right side is taken without gradients. The difference is divided by the gap in float32, so that the error is the same for all
 * gaps, and each sample's error is weighted by {@code 1 / (error + 0.01)}, and by the gap where it jumps: the gradient of a quotient is
 * larger by the gap's inverse, and jumps would drown what velocities teach. No derivative through time is needed.
 *
 * @param velocity how batches are noised and supervised, and the weights of the modalities; without alignment
 * @param guidance of the teacher, which the map then has in it; {@link Guidance#NONE} for a teacher that has it in it already
 * @param plain    share of the samples that learn velocities, 0 to 1; 0.25 is usual
 * @param gap      that the training begins with and ends with, as a part of the jump: above 0, at most 1
 */
public record FlowMapLoss(VelocityLoss velocity, Guidance guidance, double plain, Gap gap) implements TrainingLoss {

    /** Errors far below this count alike. */
    private static final double LEAST_ERROR = 0.01;

    /**
     * The part of a jump that a target goes along the teacher's velocity. It shrinks geometrically: wide gaps learn fast, narrow ones
     * follow the path closely, but rounding and the noise of training grow with its inverse.
     *
     * @param first at step 0
     * @param last  at the last step and after it
     * @param steps from the first to the last
     */
    public record Gap(double first, double last, long steps) {

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException naming the one that is out of range
         */
        public Gap {
            if (!(first > 0 && first <= 1 && last > 0 && last <= first)) {
                throw new IllegalArgumentException("a gap from " + first + " to " + last
                        + "; both must be above 0 and at most 1, and the last no larger than the first");
            }
            if (steps < 1) {
                throw new IllegalArgumentException("a gap that shrinks in " + steps + " steps; it must be at least 1");
            }
        }

        /** Returns the gaps of a training of so many steps, from 0.1 to 0.05. */
        public static Gap over(long steps) {
            return new Gap(0.1, 0.05, steps);
        }

        double at(long step) {
            return first * Math.pow(last / first, Math.min(1, (double) step / steps));
        }
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public FlowMapLoss {
        Objects.requireNonNull(velocity, "velocity");
        Objects.requireNonNull(guidance, "guidance");
        Objects.requireNonNull(gap, "gap");
        if (!(plain >= 0 && plain <= 1)) {
            throw new IllegalArgumentException("setting 'plain' is " + plain + "; it must be from 0 to 1");
        }
    }

    /**
     * The jumps of a batch.
     *
     * @param samples that jump
     * @param ends    the time at which each modality of each sample ends: its own where it does not jump
     */
    private record Jumps(int[] samples, Tensor ends) {}

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        return LossTerms.keeping(() -> {
            NoisyBatch noisy = velocity.prepare(context.config(), batch, context.draws());
            double share = gap.at(context.step());
            Tensor taught = new Teacher(context, guidance).velocity(noisy.input());
            Jumps jumps = jumps(noisy, context.draws());
            NoisyBatch target = noisy.withTarget(target(context, noisy, jumps, taught, share));
            Tensor errors = velocity.errors(target, context.averageVelocity(noisy.input(), jumps.ends()));
            Tensor quotients = errors.mul(perSample(jumps, errors, 1 / (share * share)));
            return weighted(noisy.plan().supervised(), quotients, perSample(jumps, errors, share));
        });
    }

    private LossTerms weighted(ModalityMask supervised, Tensor errors, Tensor weights) {
        LossTerms plainTerms = velocity.terms(supervised, errors, null);
        Tensor even = errors.mul(weights).div(errors.detach().add(LEAST_ERROR));
        Tensor total = velocity.terms(supervised, even, null).total();
        return new LossTerms(
                total, plainTerms.velocity().detach(), plainTerms.perModality(), plainTerms.supervised(), null);
    }

    private Jumps jumps(NoisyBatch noisy, Draws draws) {
        try (GradMode _ = Torch.noGrad()) {
            int samples = noisy.plan().conditions().samples();
            float[] kind = draws.uniform(samples).toFloats();
            float[] left = draws.uniform(samples).toFloats();
            int[] jumping =
                    IntStream.range(0, samples).filter(i -> kind[i] >= plain).toArray();
            ModalityMask moving = ModalityMask.of(
                    samples,
                    noisy.plan().conditions().modalities(),
                    (i, m) -> kind[i] >= plain && !noisy.plan().conditions().has(i, m));
            Tensor times = noisy.input().times();
            Tensor rest = Torch.tensor(left, samples, 1, 1, 1).sub(1).to(times.device());
            Tensor change =
                    moving.overChannels(noisy.input().latents()).mul(rest).add(1);
            return new Jumps(
                    jumping, times.mul(times.rank() == 1 ? change.select(1, 0).reshape(-1) : change));
        }
    }

    private Tensor target(LossContext context, NoisyBatch noisy, Jumps jumps, Tensor taught, double share) {
        if (jumps.samples().length == 0) {
            return taught;
        }
        try (GradMode _ = Torch.noGrad()) {
            ModelInput seen = noisy.input();
            Tensor way = jumps.ends().sub(seen.times()).mul(share);
            Tensor along = taught.mul(NoisyBatch.broadcast(way))
                    .mul(noisy.plan().visible().overChannels(taught));
            Tensor rows = rows(jumps, seen.latents().device());
            ModelInput later = new ModelInput(
                    seen.latents().add(along).indexSelect(0, rows),
                    seen.times().add(way).indexSelect(0, rows),
                    seen.labels().indexSelect(0, rows),
                    seen.tasks().indexSelect(0, rows));
            Tensor onwards =
                    context.ownAnswer(later, jumps.ends().indexSelect(0, rows)).to(DType.FLOAT32);
            Tensor averages = taught.indexSelect(0, rows).mul(share).add(onwards.mul(1 - share));
            return Torch.cat(List.of(taught, averages), 0)
                    .indexSelect(0, merged(jumps, taught.size(0), taught.device()));
        }
    }

    /** Returns the place of each sample's target among those of all samples and, behind them, those of the samples that jump. */
    private static Tensor merged(Jumps jumps, long samples, Device device) {
        long[] places = LongStream.range(0, samples).toArray();
        for (int i = 0; i < jumps.samples().length; i++) {
            places[jumps.samples()[i]] = samples + i;
        }
        return Torch.tensor(places).to(device);
    }

    private static Tensor rows(Jumps jumps, Device device) {
        return Torch.tensor(IntStream.of(jumps.samples()).asLongStream().toArray())
                .to(device);
    }

    /** Returns a factor for the errors of samples that jump, and 1 for the others: {@code [N, 1]}. */
    private static Tensor perSample(Jumps jumps, Tensor errors, double factor) {
        float[] factors = new float[Math.toIntExact(errors.size(0))];
        Arrays.fill(factors, 1);
        for (int sample : jumps.samples()) {
            factors[sample] = (float) factor;
        }
        return Torch.tensor(factors, factors.length, 1).to(errors.device());
    }

    @Override
    public void requireFit(TransformerConfig model) {
        velocity.requireFit(model);
        Teacher.requireFit(velocity, guidance, model);
        if (!model.isFlowMap()) {
            throw new IllegalArgumentException(
                    "setting 'flowMapDepth' of the model is 0; a flow map needs the number of blocks"
                            + " that see the time of the latents, two thirds of " + model.depth());
        }
        if (!velocity.path().equals(Interpolant.linear())) {
            throw new IllegalArgumentException(
                    "setting 'path' is " + velocity.path() + "; a flow map is learnt on the linear path alone");
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
