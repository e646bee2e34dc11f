package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

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
import dev.mmgen.train.random.Draws;
import dev.mmgen.train.random.SeededDraws;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Losses that compare a student with its teacher, on models that are formulas. */
@ExtendWith(TensorLeakCheck.class)
class StudentLossTest {

    private static final int SAMPLES = 32;
    private static final int CHANNELS = 8;
    private static final TransformerConfig SHAPE = FormulaContext.SHAPE;
    private static final VelocityLoss VELOCITY = VelocityLoss.released()
            .withModalityWeights(List.of(1.0, 1.0))
            .withAlignment(RepresentationAlignment.NONE)
            .withClassDropout(0)
            .withConditioning(ConditioningRecipe.mixed(0.5, List.of(0.25, 0.25)));

    /** Every sample reads without noise. */
    private static final VelocityLoss READING = VELOCITY.withConditioning(VELOCITY.conditioning()
            .withScheme(new DirectReading(VELOCITY.conditioning().scheme(), 0, 1, 0.01)));

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

    /** A velocity as a formula, and how far its class counts. */
    private interface Formula {
        Tensor of(Tensor latents, Tensor times, Tensor labels);
    }

    /** An average velocity as a formula. */
    private interface Jump {
        Tensor of(Tensor latents, Tensor times, Tensor ends);
    }

    /** A jump that was asked for. */
    private record Asked(float[] times, float[] ends) {
        static Asked of(Tensor times, Tensor ends) {
            return new Asked(times.contiguous().toFloats(), ends.contiguous().toFloats());
        }
    }

    /** A student and a teacher. */
    private record Formulas(Formula student, @Nullable Jump jump, Formula teacher, Draws draws, List<Asked> asked)
            implements FormulaContext {

        @Override
        public Tensor velocity(ModelInput input) {
            return student.of(input.latents(), input.times(), input.labels());
        }

        @Override
        public Tensor averageVelocity(ModelInput input, Tensor ends) {
            asked.add(Asked.of(input.times(), ends));
            return jump == null ? velocity(input) : jump.of(input.latents(), input.times(), ends);
        }

        @Override
        public Tensor ownAnswer(ModelInput input, Tensor ends) {
            return averageVelocity(input, ends);
        }

        @Override
        public Tensor baseVelocity(ModelInput input) {
            return teacher.of(input.latents(), input.times(), input.labels());
        }
    }

    private Formulas context(Formula student, Formula teacher) {
        return new Formulas(student, null, teacher, draws, new ArrayList<>());
    }

    private static TrainingBatch batch() {
        return FormulaContext.batch(SAMPLES);
    }

    /** Answers the class's number, and 10 without a class. */
    private static Tensor byClass(Tensor latents, Tensor labels) {
        Tensor numbers = labels.to(DType.FLOAT32);
        Tensor none = labels.eq(Torch.tensor(new long[] {SHAPE.nullLabel()}));
        Tensor values = none.where(Torch.full(10, DType.FLOAT32, Device.CPU, labels.shape()), numbers);
        return latents.mul(0).add(values.reshape(-1, 1, 1, 1));
    }

    /** With a scale of 3 at some times, and 1 at the others. */
    private static Tensor guided(Tensor latents, Tensor times, Tensor labels) {
        Tensor late = times.ge(Torch.tensor(new float[] {0.5f})).to(DType.FLOAT32);
        Tensor numbers = labels.to(DType.FLOAT32).reshape(-1, 1, 1, 1);
        return latents.mul(0).add(numbers.add(late.mul(2).mul(numbers.sub(10))));
    }

    @Test
    void aStudentThatAnswersAsTheGuidedTeacherHasNoLoss() {
        GuidedVelocityLoss loss =
                new GuidedVelocityLoss(VELOCITY, Guidance.of(3).within(0.5, 1));
        Formula teacher = (latents, _, labels) -> byClass(latents, labels);
        assertThat(loss.compute(context(StudentLossTest::guided, teacher), batch())
                        .total()
                        .item())
                .isCloseTo(0, within(1e-9));
        assertThat(loss.compute(context(teacher, teacher), batch()).total().item())
                .isGreaterThan(10);
    }

    /** The sum of all channels' times: what is given takes it down. */
    private static Tensor sumOfTimes(Tensor latents, Tensor times) {
        return latents.mul(0).add(times.sum(1).reshape(-1, 1, 1, 1));
    }

    /** Twice what the conditions change in the sum of times is added, late; where nothing is given that is nothing. */
    private static Tensor followingConditions(Tensor latents, Tensor times) {
        Tensor told = sumOfTimes(latents, times);
        Tensor time = times.amaxKeep(1);
        Tensor late = time.ge(Torch.tensor(new float[] {0.5f})).to(DType.FLOAT32);
        return told.add(late.mul(2).mul(told.sub(time.mul(CHANNELS))));
    }

    @Test
    void aStudentFollowsConditionsAsTheGuidedTeacherDoes() {
        Guidance guidance = Guidance.NONE.withConditionScale(3).within(0.5, 1);
        Formula teacher = (latents, times, _) -> sumOfTimes(latents, times);
        Formula student = (latents, times, _) -> followingConditions(latents, times);
        GuidedVelocityLoss loss = new GuidedVelocityLoss(VELOCITY, guidance);
        assertThat(loss.compute(context(student, teacher), batch()).total().item())
                .isCloseTo(0, within(1e-8));
        assertThat(loss.compute(context(teacher, teacher), batch()).total().item())
                .isGreaterThan(1);
        GuidedVelocityLoss reading = new GuidedVelocityLoss(READING, guidance);
        assertThat(reading.compute(context(teacher, teacher), batch()).total().item())
                .isCloseTo(0, within(1e-9));
    }

    @Test
    void withoutAClassTheStudentAnswersAsTheTeacher() {
        GuidedVelocityLoss loss = new GuidedVelocityLoss(VELOCITY.withClassDropout(1), Guidance.of(3));
        Formula teacher = (latents, _, labels) -> byClass(latents, labels);
        assertThat(loss.compute(context(teacher, teacher), batch()).total().item())
                .isCloseTo(0, within(1e-9));
    }

    @Test
    void aSampleThatReadsWithoutNoiseIsNotGuided() {
        GuidedVelocityLoss loss = new GuidedVelocityLoss(READING, Guidance.of(3));
        Formula teacher = (latents, _, labels) -> byClass(latents, labels);
        assertThat(loss.compute(context(teacher, teacher), batch()).total().item())
                .isCloseTo(0, within(1e-9));
    }

    /** The flow of one picture whose pixels are all 0.5; it goes straight, so that each average is the velocity. */
    private static Tensor onePicture(Tensor latents, Tensor times) {
        return latents.sub(0.5).div(times.clamp(1e-3, 1));
    }

    @Test
    void theFlowMapOfAStraightFlowHasNoLoss() {
        Formula flow = (latents, times, _) -> onePicture(latents, times);
        FlowMapLoss loss = flowMap(0);
        VelocityLoss joint = VELOCITY.withConditioning(ConditioningRecipe.mixed(1, List.of(0.0, 0.0)));
        FlowMapLoss straight = new FlowMapLoss(joint, Guidance.NONE, 0, loss.gap(), loss.steps());
        assertThat(straight.compute(context(flow, flow), batch()).velocity().item())
                .isCloseTo(0, within(1e-3));
        Formula wrong = (latents, times, _) -> onePicture(latents, times).add(1);
        assertThat(straight.compute(context(wrong, flow), batch()).velocity().item())
                .isGreaterThan(0.5);
    }

    /** The teacher's latents shrink exponentially; its way is followed to second order, so that twice the steps leave a quarter of the error. */
    @Test
    void aMapThatTheTeacherLeadsLearnsTheMeanVelocityOfItsPath() {
        Formula teacher = (latents, _, _) -> latents;
        Jump mean = (latents, times, ends) -> {
            Tensor way = times.sub(ends).clamp(1e-3, 1);
            return latents.mul(way.mul(-1).exp().mul(-1).add(1).div(way));
        };
        VelocityLoss joint = VELOCITY.withConditioning(ConditioningRecipe.mixed(1, List.of(0.0, 0.0)));
        List<Double> errors = new ArrayList<>();
        for (int steps : new int[] {1, 4, 8}) {
            FlowMapLoss loss = new FlowMapLoss(joint, Guidance.NONE, 0, FlowMapLoss.Gap.WHOLE, steps);
            try (SeededDraws same = new SeededDraws(5)) {
                Formulas context = new Formulas(teacher, mean, teacher, same, new ArrayList<>());
                errors.add(Math.sqrt(loss.compute(context, batch()).velocity().item()));
            }
        }
        assertThat(errors.getFirst()).isGreaterThan(0.1);
        assertThat(errors.get(1)).isBetween(3 * errors.get(2), 5 * errors.get(2));
        assertThat(errors.get(2)).isLessThan(5e-3);
    }

    @Test
    void aSampleThatReadsWithoutNoiseDoesNotJump() {
        Formula teacher = (latents, _, _) -> latents;
        Formulas context = context(teacher, teacher);
        LossTerms terms =
                new FlowMapLoss(READING, Guidance.NONE, 0, FlowMapLoss.Gap.WHOLE, 4).compute(context, batch());
        Asked whole = context.asked().getFirst();
        assertThat(whole.ends()).isEqualTo(whole.times());
        assertThat(context.asked()).hasSize(1);
        assertThat(terms.total().item()).isZero();
    }

    @Test
    void conditionsStandStillAndTheRestJumpsBackInTime() {
        Formula flow = (latents, times, _) -> onePicture(latents, times);
        Formulas context = context(flow, flow);
        flowMap(0.5).compute(context, batch());
        Asked later = context.asked().get(0);
        Asked whole = context.asked().get(1);
        int jumps = 0;
        float[] times = whole.times();
        float[] ends = whole.ends();
        for (int i = 0; i < times.length; i++) {
            assertThat(ends[i]).isBetween(0f, times[i]);
            jumps += ends[i] < times[i] ? 1 : 0;
            if (times[i] < 0.01f) {
                assertThat(ends[i]).isEqualTo(times[i]);
            }
        }
        assertThat(jumps).isBetween(CHANNELS * SAMPLES / 8, CHANNELS * SAMPLES * 3 / 4);
        assertThat(later.times().length).isLessThan(CHANNELS * SAMPLES);
        for (int i = 0; i < later.times().length; i++) {
            assertThat(later.times()[i]).isGreaterThanOrEqualTo(later.ends()[i]);
        }
    }

    @Test
    void gradientsFlowThroughTheStudentsAnswerAlone() {
        Tensor weight = Torch.full(1, DType.FLOAT32, Device.CPU, Shape.of(1)).requiresGrad(true);
        Formula student =
                (latents, times, _) -> onePicture(latents, times).mul(weight).add(1);
        Formula teacher = (latents, times, _) -> onePicture(latents, times);
        for (TrainingLoss loss : List.of(new GuidedVelocityLoss(VELOCITY, Guidance.NONE), flowMap(0.5))) {
            loss.compute(context(student, teacher), batch()).total().backward();
            assertThat(weight.grad()).isNotNull();
            assertThat(loss.needsBase()).isTrue();
            assertThat(loss.needsAllModalities()).isTrue();
        }
    }

    /** A student that is off by the same everywhere is off by a tenth of it from the target of a tenth of the jump. */
    @Test
    void jumpsTeachAsMuchWhateverTheGap() {
        Formula teacher = (latents, times, _) -> onePicture(latents, times);
        List<Double> gradients = new ArrayList<>();
        for (double gap : new double[] {0.2, 0.1, 0.01}) {
            Tensor offset =
                    Torch.full(1, DType.FLOAT32, Device.CPU, Shape.of(1)).requiresGrad(true);
            Formula student = (latents, times, _) -> onePicture(latents, times).add(offset);
            new FlowMapLoss(VELOCITY, Guidance.NONE, 0, new FlowMapLoss.Gap(gap, gap, 1), 1)
                    .compute(context(student, teacher), batch())
                    .total()
                    .backward();
            gradients.add(Objects.requireNonNull(offset.grad()).item());
        }
        assertThat(gradients.getFirst()).isGreaterThan(0.5);
        assertThat(gradients.get(1)).isCloseTo(gradients.getFirst(), withinPercentage(5));
        assertThat(gradients.get(2)).isCloseTo(gradients.getFirst(), withinPercentage(5));
    }

    /** From zeros, the data is the velocity's opposite: a student that knows it reads without an error. */
    @Test
    void aReaderIsToldThePhotoAndZerosAndIsMeasuredByPictures() {
        TrainingBatch batch = batch();
        List<Integer> decoded = new ArrayList<>();
        ReadingLoss loss = new ReadingLoss(
                VELOCITY,
                0,
                List.of(ReadingLoss.PictureError.ABSOLUTE, ReadingLoss.PictureError.ANGULAR),
                0,
                (latents, modality) -> {
                    decoded.add(modality);
                    return latents.slice(1, 0, 3);
                });
        Formula knowing = (latents, times, _) -> {
            assertThat(times.contiguous().toFloats()).containsOnly(0, 1);
            assertThat(latents.slice(1, 0, 4)
                            .sub(batch.latents().slice(1, 0, 4))
                            .abs()
                            .amax()
                            .item())
                    .as("the photo is clean")
                    .isCloseTo(0, within(1e-6));
            assertThat(latents.slice(1, 4, 8).abs().amax().item()).as("noise").isZero();
            return latents.sub(batch.latents());
        };
        LossTerms right = loss.compute(context(knowing, knowing), batch);
        assertThat(right.total().item()).isCloseTo(0, within(1e-5));
        assertThat(right.supervised()).containsExactly(0, SAMPLES);
        assertThat(decoded).containsExactly(1, 1);
        Formula blind = (latents, _, _) -> latents.mul(0);
        assertThat(loss.compute(context(blind, blind), batch).total().item()).isGreaterThan(0.5);
    }

    @Test
    void aReaderThatStillDrawsLearnsVelocitiesInTheFirstSamples() {
        ReadingLoss loss = new ReadingLoss(
                VELOCITY,
                0,
                List.of(ReadingLoss.PictureError.ABSOLUTE, ReadingLoss.PictureError.ABSOLUTE),
                0.5,
                (latents, _) -> latents.slice(1, 0, 3));
        Formula blind = (latents, times, _) -> {
            assertThat(times.slice(0, SAMPLES / 2, SAMPLES).contiguous().toFloats())
                    .containsOnly(0, 1);
            return latents.mul(0);
        };
        LossTerms terms = loss.compute(context(blind, blind), batch());
        assertThat(terms.supervised()[0]).isBetween(1, SAMPLES / 2);
        assertThat(terms.supervised()[1]).isGreaterThanOrEqualTo(SAMPLES / 2);
    }

    @Test
    void theGapShrinksToItsLast() {
        FlowMapLoss.Gap gap = new FlowMapLoss.Gap(0.1, 0.001, 100);
        assertThat(gap.at(0)).isEqualTo(0.1);
        assertThat(gap.at(50)).isCloseTo(0.01, within(1e-12));
        assertThat(gap.at(1000)).isCloseTo(0.001, within(1e-12));
    }

    @Test
    void settingsThatDoNotFitAreRefusedByName() {
        TransformerConfig velocities = SHAPE.toBuilder().flowMapDepth(0).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> flowMap(0.5).requireFit(velocities))
                .withMessageContaining("flowMapDepth");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FlowMapLoss(
                                VELOCITY.withPath(Interpolant.cosine()), Guidance.NONE, 0.5, FlowMapLoss.Gap.WHOLE, 4)
                        .requireFit(SHAPE))
                .withMessageContaining("linear path");
        TransformerConfig classes = SHAPE.toBuilder().nullClass(false).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GuidedVelocityLoss(VELOCITY, Guidance.of(2)).requireFit(classes))
                .withMessageContaining("null class");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GuidedVelocityLoss(
                                VELOCITY.withDistillation(Distillation.of(List.of(0))), Guidance.of(2))
                        .requireFit(SHAPE))
                .withMessageContaining("distillation.share");
        assertThatIllegalArgumentException().isThrownBy(() -> flowMap(1.5)).withMessageContaining("'plain' is 1.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FlowMapLoss(VELOCITY, Guidance.NONE, 0, FlowMapLoss.Gap.WHOLE, 0))
                .withMessageContaining("'steps' is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FlowMapLoss.Gap(0.1, 0.2, 10))
                .withMessageContaining("gap from 0.1 to 0.2");
    }

    private static FlowMapLoss flowMap(double plain) {
        return new FlowMapLoss(VELOCITY, Guidance.NONE, plain, new FlowMapLoss.Gap(0.1, 0.05, 10), 2);
    }
}
