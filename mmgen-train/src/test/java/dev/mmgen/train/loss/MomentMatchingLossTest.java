package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.TimeDistribution.FewSteps;
import dev.mmgen.train.random.Draws;
import dev.mmgen.train.random.SeededDraws;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The losses of a generator and its critic, on models that are formulas. */
@ExtendWith(TensorLeakCheck.class)
class MomentMatchingLossTest {

    private static final int SAMPLES = 64;
    private static final int CHANNELS = 8;
    private static final TransformerConfig SHAPE = FormulaContext.SHAPE;
    private static final VelocityLoss VELOCITY = VelocityLoss.released()
            .withModalityWeights(List.of(1.0, 1.0))
            .withAlignment(RepresentationAlignment.NONE)
            .withClassDropout(0)
            .withConditioning(ConditioningRecipe.mixed(0.5, List.of(0.25, 0.25)));

    /** At times 1, 6/7, 2/3 and 2/5. */
    private static final FewSteps RUN = new FewSteps(4, 2);

    private TensorScope scope;
    private SeededDraws draws;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        draws = new SeededDraws(5);
    }

    @AfterEach
    void close() {
        draws.close();
        scope.close();
    }

    /** A velocity as a formula. */
    private interface Formula {
        Tensor of(Tensor latents, Tensor times);
    }

    /** The model that learns, its rival and the teacher, and at what times the rival was asked. */
    private record Formulas(Formula model, Formula rival, Formula teacher, Draws draws, List<float[]> asked)
            implements FormulaContext {

        @Override
        public Tensor velocity(ModelInput input) {
            return model.of(input.latents(), input.times());
        }

        @Override
        public Tensor baseVelocity(ModelInput input) {
            return teacher.of(input.latents(), input.times());
        }

        @Override
        public Tensor rivalVelocity(ModelInput input) {
            asked.add(input.times().contiguous().toFloats());
            return rival.of(input.latents(), input.times());
        }
    }

    private Formulas context(Formula model, Formula rival, Formula teacher) {
        return new Formulas(model, rival, teacher, draws, new ArrayList<>());
    }

    private static TrainingBatch batch() {
        return FormulaContext.batch(SAMPLES);
    }

    /** Goes for a picture whose pixels all have this value. */
    private static Formula towards(double value) {
        return (latents, times) -> latents.sub(value).div(times.clamp(1e-3, 1));
    }

    private static MomentMatchingLoss loss() {
        return new MomentMatchingLoss(VELOCITY, Guidance.NONE, RUN);
    }

    @Test
    void aGeneratorWhoseCriticAgreesWithTheTeacherStaysAsItIs() {
        LossTerms terms = loss().compute(context(towards(3), towards(1), towards(1)), batch());
        assertThat(terms.total().item()).isCloseTo(0, within(1e-9));
    }

    @Test
    void theAnswerMovesFromTheCriticsMeanToTheTeachers() {
        Tensor offset = Torch.full(0, DType.FLOAT32, Device.CPU, Shape.of(1)).requiresGrad(true);
        Formula model = (latents, times) -> towards(3).of(latents, times).add(offset);
        loss().compute(context(model, towards(2), towards(1)), batch()).total().backward();
        // Data is to fall, so velocities are to rise: by 1 over the distance of 2, in both modalities.
        assertThat(Objects.requireNonNull(offset.grad()).item()).isCloseTo(2 * -2 * 0.5, within(0.01));
    }

    @Test
    void samplesThatReadWithoutNoiseKeepTheTeachersAnswer() {
        VelocityLoss reading = VELOCITY.withConditioning(VELOCITY.conditioning()
                .withScheme(new DirectReading(VELOCITY.conditioning().scheme(), 0, 1, 0.01)));
        MomentMatchingLoss loss = new MomentMatchingLoss(reading, Guidance.of(3), RUN);
        assertThat(loss.compute(context(towards(1), towards(2), towards(1)), batch())
                        .total()
                        .item())
                .isCloseTo(0, within(1e-9));
        assertThat(loss.compute(context(towards(3), towards(2), towards(1)), batch())
                        .total()
                        .item())
                .isGreaterThan(1);
    }

    @Test
    void theCriticOfAGeneratorOfOnePictureHasNoLossWhenItKnowsIt() {
        TrainingLoss critic = loss().critic();
        assertThat(critic.compute(context(towards(2), towards(2), towards(1)), batch())
                        .total()
                        .item())
                .isCloseTo(0, within(1e-6));
        assertThat(critic.compute(context(towards(1), towards(2), towards(1)), batch())
                        .total()
                        .item())
                .isGreaterThan(1);
        assertThat(critic.critic()).isNull();
    }

    @Test
    void theModelIsAskedAtTheTimesOfTheRunAndItsRivalWithinTheSteps() {
        TreeSet<Float> own = new TreeSet<>();
        Formula model = (latents, times) -> {
            for (float time : times.contiguous().toFloats()) {
                own.add(time);
            }
            return towards(1).of(latents, times);
        };
        Formulas context = context(model, towards(1), towards(1));
        loss().compute(context, batch());
        assertThat(own.tailSet(0.02f)).containsExactly((float) (2 / 5.0), (float) (2 / 3.0), (float) (6 / 7.0), 1f);
        float[] later = context.asked().getFirst();
        int within = 0;
        for (float time : later) {
            assertThat(time).isBetween(0f, 1f);
            within += time >= 0.02f && !own.contains(time) ? 1 : 0;
        }
        assertThat(within).as("moving").isGreaterThan(later.length / 2);
    }

    /** Of one picture of zeros, a state at time s is s times noise. */
    @Test
    void aStepEndsInTheDistributionOfItsTime() {
        VelocityLoss joint = VELOCITY.withConditioning(
                ConditioningRecipe.mixed(1, List.of(0.0, 0.0)).withTimes(RUN));
        TrainingBatch zeros = new TrainingBatch(
                Torch.full(0, DType.FLOAT32, Device.CPU, Shape.of(SAMPLES, CHANNELS, 4, 4)),
                Torch.full(0, DType.INT64, Device.CPU, Shape.of(SAMPLES)),
                null);
        NoisyBatch noisy = joint.prepare(SHAPE, zeros, draws);
        Tensor answer = noisy.input().latents().div(noisy.input().times());
        LaterState later = LaterState.of(noisy, answer, RUN, draws);
        assertThat(later.data().abs().amax().item()).isCloseTo(0, within(1e-6));
        Tensor noise = later.input().latents().div(later.times());
        assertThat(noise.mean().item()).isCloseTo(0, within(0.05));
        assertThat(noise.mul(noise).mean().item()).isCloseTo(1, within(0.05));
        assertThat(later.times().sub(noisy.input().times()).amax().item()).isLessThanOrEqualTo(0);
    }

    @Test
    void settingsThatDoNotFitAreRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MomentMatchingLoss(VELOCITY.withPath(Interpolant.cosine()), Guidance.NONE, RUN)
                        .requireFit(SHAPE))
                .withMessageContaining("linear path");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MomentMatchingLoss(VELOCITY, Guidance.of(2), RUN)
                        .requireFit(SHAPE.toBuilder().nullClass(false).build()))
                .withMessageContaining("null class");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FewSteps(0, 1))
                .withMessageContaining("'steps' is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FewSteps(4, 0))
                .withMessageContaining("'shift' is 0");
    }
}
