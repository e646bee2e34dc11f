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
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The loss that makes a flow map of a trained velocity model, whose early blocks go on to see the time and whose late ones learn to see
 * the time at which a step ends (Decoupled MeanFlow, 2025). A share of the samples keeps the velocity of the model that the
 * training began with. The others learn to jump from a time t to a time r. The teacher leads the first part of a jump, the gap, in
 * small steps of the {@linkplain dev.mmgen.sampling.AdamsBashforth Adams–Bashforth} method, whose mean velocity is v; the map's own
 * jump goes on from there (SoFlow, 2025): with {@code l = t - gap * (t - r)},
 *
 * <pre>{@code u(x_t, t, r) = gap * v + (1 - gap) * u(x_t + (l - t) v, l, r)}</pre>
 *
 * <p>whose right side is taken without gradients, so that no derivative through time is needed. With a gap of 1 the teacher leads the
 * whole jump, and n jumps draw what it draws in n times its steps. With smaller gaps a map learns from itself, and may go further.
 * The difference is divided by the gap in float32, so that the error is the same for all gaps, and weighted by the gap: the gradient of a
 * quotient is larger by its inverse, and jumps would drown what velocities teach. Errors count as they are: divided by
 * themselves, which makes all samples count alike, they taught the model in the box less in the same steps.
 *
 * @param velocity how batches are noised and supervised, and the weights of the modalities; without alignment
 * @param guidance of the teacher, which the map then has in it; {@link Guidance#NONE} for a teacher that has it in it already
 * @param plain    share of the samples that learn velocities, 0 to 1; 0.25 is usual
 * @param gap      the part of a jump that the teacher leads
 * @param steps    of the teacher in the gap, at least 1; 4 is usual where it leads whole jumps
 */
public record FlowMapLoss(VelocityLoss velocity, Guidance guidance, double plain, Gap gap, int steps)
        implements TrainingLoss {

    /**
     * The part of a jump that the teacher leads. It shrinks geometrically: wide gaps learn fast, narrow ones follow the path closely with
     * few steps of the teacher, but rounding and the noise of training grow with its inverse.
     *
     * @param first at step 0: above 0, at most 1
     * @param last  at the last step and after it: above 0, at most the first
     * @param steps from the first to the last, at least 1
     */
    public record Gap(double first, double last, long steps) {

        /** All of it, from the first step to the last. */
        public static final Gap WHOLE = new Gap(1, 1, 1);

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
        if (steps < 1) {
            throw new IllegalArgumentException("setting 'steps' is " + steps + "; it must be at least 1");
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
            double part = gap.at(context.step());
            Teacher teacher = new Teacher(context, guidance);
            Tensor taught = teacher.velocity(noisy);
            Jumps jumps = jumps(noisy, context.draws());
            NoisyBatch target = noisy.withTarget(target(context, teacher, noisy, jumps, taught, part));
            Tensor errors = velocity.errors(target, context.averageVelocity(noisy.input(), jumps.ends()));
            return weighted(noisy.plan().supervised(), errors, jumps, part);
        });
    }

    private LossTerms weighted(ModalityMask supervised, Tensor errors, Jumps jumps, double part) {
        LossTerms quotients = velocity.terms(supervised, errors.mul(perSample(jumps, errors, 1 / (part * part))), null);
        Tensor total = velocity.terms(supervised, errors.mul(perSample(jumps, errors, 1 / part)), null)
                .total();
        return new LossTerms(
                total, quotients.velocity().detach(), quotients.perModality(), quotients.supervised(), null);
    }

    /** Draws which samples jump, and how far. A sample that reads without noise has no path to jump along. */
    private Jumps jumps(NoisyBatch noisy, Draws draws) {
        try (GradMode _ = Torch.noGrad()) {
            ConditioningPlan plan = noisy.plan();
            int samples = plan.conditions().samples();
            float[] kind = draws.uniform(samples).toFloats();
            float[] left = draws.uniform(samples).toFloats();
            IntPredicate jumping = i -> kind[i] >= plain && !plan.noiseless().hasAny(i);
            ModalityMask moving = plan.moving().and((i, _) -> jumping.test(i));
            Tensor times = noisy.input().times();
            Tensor rest = Torch.tensor(left, samples, 1, 1, 1).sub(1).to(times.device());
            Tensor change =
                    moving.overChannels(noisy.input().latents()).mul(rest).add(1);
            return new Jumps(
                    IntStream.range(0, samples).filter(jumping).toArray(),
                    times.mul(times.rank() == 1 ? change.select(1, 0).reshape(-1) : change));
        }
    }

    private Tensor target(
            LossContext context, Teacher teacher, NoisyBatch noisy, Jumps jumps, Tensor taught, double part) {
        if (jumps.samples().length == 0) {
            return taught;
        }
        try (GradMode _ = Torch.noGrad()) {
            Tensor rows = rows(jumps, taught.device());
            Tensor ends = jumps.ends().indexSelect(0, rows);
            Tensor visible = noisy.plan().visible().overChannels(taught).indexSelect(0, rows);
            ModelInput at = rows(noisy.input(), rows);
            Teacher.Given given = Teacher.Given.of(noisy).rows(rows);
            Tensor step = ends.sub(at.times()).mul(part / steps);
            Tensor way = NoisyBatch.broadcast(step).mul(visible);
            Tensor before = taught.indexSelect(0, rows);
            Tensor slope = before;
            Tensor sum = slope;
            for (int done = 1; done < steps; done++) {
                at = moved(at, slope.mul(way), step);
                Tensor now = teacher.velocity(at, given);
                slope = now.mul(1.5).sub(before.mul(0.5));
                before = now;
                sum = sum.add(slope);
            }
            Tensor averages = sum.mul(part / steps);
            if (part < 1) {
                ModelInput later = moved(at, slope.mul(way), step);
                averages = averages.add(
                        context.ownAnswer(later, ends).to(DType.FLOAT32).mul(1 - part));
            }
            return Torch.cat(List.of(taught, averages), 0)
                    .indexSelect(0, merged(jumps, taught.size(0), taught.device()));
        }
    }

    private static ModelInput rows(ModelInput input, Tensor rows) {
        return new ModelInput(
                input.latents().indexSelect(0, rows),
                input.times().indexSelect(0, rows),
                input.labels().indexSelect(0, rows),
                input.tasks().indexSelect(0, rows));
    }

    private static ModelInput moved(ModelInput input, Tensor way, Tensor time) {
        return new ModelInput(input.latents().add(way), input.times().add(time), input.labels(), input.tasks());
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
