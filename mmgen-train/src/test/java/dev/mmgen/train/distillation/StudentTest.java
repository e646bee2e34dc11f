package dev.mmgen.train.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.Distilled;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.io.StudentSettings;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.DirectSampler;
import dev.mmgen.sampling.DpmSolver;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.FlowMapSampler;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.Precision;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.finetune.FineTuning;
import dev.mmgen.train.finetune.FineTuningPlan;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.finetune.TinyModel;
import dev.mmgen.train.loss.DirectReading;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class StudentTest {

    private static final TimeDistribution.FewSteps RUN = new TimeDistribution.FewSteps(2, 3);

    @TempDir
    Path folder;

    private PretrainedModel teacher;
    private Path pictures;

    @BeforeEach
    void make() {
        teacher = PretrainedModel.open(TinyModel.write(folder.resolve("teacher")));
        pictures = TinyModel.pictures(folder.resolve("pictures"), 12, "", "rgb", "depth");
    }

    private FineTuning.Result run(FineTuning student, String name) {
        return student.data(pictures)
                .steps(3)
                .batchSize(4)
                .precision(Precision.FLOAT32)
                .run(folder.resolve(name));
    }

    private ModelConfig config(String name) {
        return ModelFolder.open(folder.resolve(name)).config();
    }

    @Test
    void aGuidedStudentIsAModelThatNeedsNoGuidance() {
        FineTuning.Result result = run(Student.guided(teacher, Guidance.of(2)), "guided");
        assertThat(result.finished()).isTrue();
        assertThat(config("guided").distilled()).containsExactly(Distilled.GUIDANCE);
        assertThat(config("guided").sampling()).isEqualTo(new SamplingDefaults("euler", 3, Guidance.NONE));
        try (MmGen mmgen = MmGen.open(folder.resolve("guided"))) {
            assertThat(mmgen.generate().category(0).run().depth().width()).isEqualTo(TinyModel.SIZE);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mmgen.generate().category(0).guidance(2).build())
                    .withMessageContaining("has guidance in it already");
            try (MmGen steered = mmgen.withGuide(mmgen.transformer())) {
                assertThat(steered.generate().guidance(2).build().method().guidance())
                        .isEqualTo(Guidance.of(2));
            }
        }
    }

    @Test
    void aFlowMapDrawsInFourStepsAndReadsInOne() {
        run(Student.flowMap(teacher, Guidance.of(2)), "map");
        ModelConfig config = config("map");
        assertThat(config.transformer().flowMapDepth()).isEqualTo(1);
        assertThat(config.distilled())
                .as("guidance is in it too")
                .containsExactly(Distilled.GUIDANCE, Distilled.FLOW_MAP);
        assertThat(config.sampling()).isEqualTo(new SamplingDefaults("flow-map", 4, Guidance.NONE));
        assertThat(config.reading().steps()).isEqualTo(1);
        try (MmGen mmgen = MmGen.open(folder.resolve("map"))) {
            MultiModalImage drawn = mmgen.generate().category(1).seed(4).run();
            MultiModalImage again = mmgen.generate()
                    .category(1)
                    .seed(4)
                    .sampler(new FlowMapSampler(false))
                    .steps(4)
                    .run();
            assertThat(drawn.rgb()).isEqualTo(again.rgb());
            assertThat(mmgen.understand(drawn.rgb()).run().depth().height()).isEqualTo(TinyModel.SIZE);
        }
    }

    @Test
    void aReaderReadsInOneStepAndDrawsAsBefore() {
        run(Student.reader(teacher), "reader");
        ModelConfig config = config("reader");
        assertThat(config.distilled()).containsExactly(Distilled.READING);
        assertThat(config.reading()).isEqualTo(new SamplingDefaults("direct", 1, Guidance.NONE));
        assertThat(config.sampling()).isEqualTo(teacher.config().sampling());
        try (MmGen mmgen = MmGen.open(folder.resolve("reader"))) {
            RgbImage photo = RgbImage.read(pictures.resolve("rgb/0.png"));
            assertThat(mmgen.understand(photo).run().depth().width()).isEqualTo(TinyModel.SIZE);
            MultiModalImage merged = mmgen.understand(photo).ensemble(3).run();
            assertThat(merged.uncertainty(Modality.DEPTH).max())
                    .as("readings of an ensemble differ")
                    .isPositive();
            assertThat(mmgen.understand(photo)
                            .given(Modality.DEPTH, photo)
                            .build()
                            .method())
                    .extracting(ImageRequest.Method::sampler, ImageRequest.Method::steps)
                    .containsExactly(new Euler(), 2);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> mmgen.understand(photo).steps(1).ensemble(3).build())
                    .withMessageContaining("set steps to 2");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mmgen.generate()
                            .given(Modality.DEPTH, photo)
                            .sampler(new DirectSampler())
                            .build())
                    .withMessageContaining("a photo that is given alone");
        }
    }

    @Test
    void whatReadsWithoutNoiseIsTaughtSoWhenItIsTrainedFurther() {
        run(Student.reader(teacher), "reader");
        TrainingPlan plan = FineTuningPlan.of(PretrainedModel.open(folder.resolve("reader")))
                .plan();
        assertThat(plan.velocityLoss().conditioning().scheme())
                .isEqualTo(new DirectReading(new TimeScheme.FixedCondition(0), 0, 0.25, 0.01));
        assertThat(plan.steps()).as("reading from one modality takes more").isEqualTo(20_000);
    }

    @Test
    void theStudentOfAStudentIsOneOfBoth() {
        run(Student.guided(teacher, Guidance.of(2)), "guided");
        PretrainedModel guided = PretrainedModel.open(folder.resolve("guided"));
        run(Student.flowMap(guided, Guidance.NONE), "map");
        assertThat(config("map").distilled()).containsExactly(Distilled.GUIDANCE, Distilled.FLOW_MAP);
    }

    @Test
    void guidanceByConditionsIsLearntBesideThatOfTheClass() {
        run(Student.guided(teacher, Guidance.of(2)), "guided");
        PretrainedModel guided = PretrainedModel.open(folder.resolve("guided"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.guided(guided, Guidance.of(2).withConditionScale(3)))
                .withMessageContaining("guidance is 2.0, but the model has guidance in it already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.guided(guided, Guidance.NONE))
                .withMessageContaining("nothing to distil: the teacher is a student itself, by [GUIDANCE]");
        run(Student.guided(guided, Guidance.NONE.withConditionScale(3)), "closer");
        assertThat(config("closer").distilled()).containsExactly(Distilled.GUIDANCE, Distilled.CONDITION_GUIDANCE);
        try (MmGen mmgen = MmGen.open(folder.resolve("closer"))) {
            ImageRequestBuilder given =
                    mmgen.generate().given(Modality.DEPTH, RgbImage.read(pictures.resolve("depth/0.png")));
            assertThat(given.build().method().guidance()).isEqualTo(Guidance.NONE);
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            given.guidance(known -> known.withConditionScale(2)).build())
                    .withMessageContaining(
                            "condition guidance is 2.0, but the model has condition guidance in it already");
        }
    }

    @Test
    void guidanceThatIsNotLearntStaysInTheDefaults() {
        Guidance own = new Guidance(3, 0.3, 1, 2);
        ModelFolder.open(folder.resolve("teacher"))
                .convert(
                        folder.resolve("own"),
                        null,
                        config -> config.toBuilder()
                                .sampling(config.sampling().withGuidance(own))
                                .build());
        PretrainedModel guiding = PretrainedModel.open(folder.resolve("own"));
        run(Student.guided(guiding, own.withScale(1)), "closer");
        assertThat(config("closer").distilled()).containsExactly(Distilled.CONDITION_GUIDANCE);
        assertThat(config("closer").sampling().guidance()).isEqualTo(own.withConditionScale(1));
        run(Student.guided(guiding, own.withConditionScale(1)), "named");
        assertThat(config("named").distilled()).containsExactly(Distilled.GUIDANCE);
        assertThat(config("named").sampling().guidance()).isEqualTo(own.withScale(1));
        run(Student.guided(guiding, own), "both");
        assertThat(config("both").sampling().guidance())
                .as("of no scale, and at the same times")
                .isEqualTo(Guidance.NONE.within(0.3, 1));
    }

    @Test
    void studentsOfFewerStepsTakeInGuidanceByConditionsToo() {
        Guidance both = Guidance.of(2).withConditionScale(3);
        run(Student.fewSteps(teacher, both, RUN), "few");
        assertThat(config("few").distilled())
                .containsExactly(Distilled.GUIDANCE, Distilled.CONDITION_GUIDANCE, Distilled.FEW_STEPS);
        run(Student.flowMap(teacher, both), "map");
        assertThat(config("map").distilled())
                .containsExactly(Distilled.GUIDANCE, Distilled.CONDITION_GUIDANCE, Distilled.FLOW_MAP);
    }

    @Test
    void aStudentOfFewStepsDrawsInThemAndReadsAsTheTeacher() {
        run(Student.fewSteps(teacher, Guidance.of(2), RUN), "few");
        ModelConfig config = config("few");
        assertThat(config.distilled()).containsExactly(Distilled.GUIDANCE, Distilled.FEW_STEPS);
        SamplingDefaults drawing = new SamplingDefaults("ancestral", 2, 3, Guidance.NONE);
        assertThat(config.sampling()).isEqualTo(drawing);
        assertThat(config.reading()).as("the teacher reads with noise").isEqualTo(drawing);
        try (MmGen mmgen = MmGen.open(folder.resolve("few"))) {
            MultiModalImage drawn = mmgen.generate().category(1).seed(4).run();
            assertThat(drawn.trace()).containsEntry("Steps", "2");
            assertThat(mmgen.understand(drawn.rgb()).run().depth().height()).isEqualTo(TinyModel.SIZE);
        }
        try (StateDict before = weights("teacher");
                StateDict after = weights("few")) {
            assertThat(after.asMap())
                    .as("the student has learnt something")
                    .anySatisfy((key, value) -> assertThat(value.toFloats())
                            .isNotEqualTo(before.asMap().get(key).toFloats()));
        }
    }

    @Test
    void theAdapterOfAStudentDrawsOverTheTeacherAsTheWholeStudent() {
        run(Student.fewSteps(teacher, Guidance.of(2), RUN).lora(2), "few");
        Path adapter = folder.resolve("few/adapter");
        Path both = folder.resolve("both");
        ModelFolder.open(folder.resolve("teacher")).convert(both, null, UnaryOperator.identity());
        ModelFolder.copyStudent(adapter, both, null);
        try (MmGen whole = MmGen.open(folder.resolve("few"));
                MmGen base = MmGen.open(folder.resolve("teacher"));
                MmGen laid = base.withAdapter(adapter);
                MmGen inFolder = MmGen.open(both)) {
            assertThat(laid.config()).isEqualTo(whole.config());
            assertThat(inFolder.drawing()).isEqualTo(whole.config().sampling());
            double[] expected = depth(whole.generate());
            assertThat(depth(laid.generate())).containsExactly(expected, within(1e-4));
            assertThat(depth(inFolder.generate())).containsExactly(expected, within(1e-4));
            ImageRequestBuilder without = base.generate()
                    .sampler(DpmSolver.ANCESTRAL)
                    .steps(2)
                    .shift(3)
                    .guidance(1);
            assertThat(depth(without)).as("the adapter changes something").isNotEqualTo(expected);
        }
    }

    @Test
    void anAdapterThatHasTheGuidanceInItIsTaughtFewSteps() {
        run(Student.guided(teacher, Guidance.of(2)).lora(2), "guided");
        PretrainedModel guided = teacher.withAdapter(folder.resolve("guided/adapter"));
        assertThat(guided.config().distilled()).containsExactly(Distilled.GUIDANCE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.fewSteps(guided, Guidance.of(2), RUN))
                .withMessageContaining("guidance is 2.0, but the model has guidance in it already");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> run(Student.fewSteps(guided, Guidance.NONE, RUN).lora(1), "other"))
                .withMessageContaining("has rank 2 and adapts")
                .withMessageContaining("but that to train has rank 1");
        Supplier<FineTuning> student =
                () -> Student.fewSteps(guided, Guidance.NONE, RUN).lora(2);
        goesOn(student, "few");
        assertThat(config("few-whole").distilled()).containsExactly(Distilled.GUIDANCE, Distilled.FEW_STEPS);
        try (MmGen whole = MmGen.open(folder.resolve("few-whole"));
                MmGen base = MmGen.open(folder.resolve("teacher"));
                MmGen laid = base.withAdapter(folder.resolve("few-whole/adapter"))) {
            assertThat(laid.config()).isEqualTo(whole.config());
            assertThat(depth(laid.generate())).containsExactly(depth(whole.generate()), within(1e-4));
        }
        // Without an adapter of its own, a student has the weights of both.
        run(Student.fewSteps(guided, Guidance.NONE, RUN), "all");
        assertThat(folder.resolve("all/adapter")).doesNotExist();
    }

    @Test
    void theAdapterOfAnotherModelIsNoBeginning() {
        run(Student.guided(teacher, Guidance.of(2)).lora(2), "guided");
        run(FineTuning.of(teacher).allDirections(), "other");
        PretrainedModel other =
                PretrainedModel.open(folder.resolve("other")).withAdapter(folder.resolve("guided/adapter"));
        assertThatThrownBy(() -> run(Student.fewSteps(other, Guidance.NONE, RUN).lora(2), "few"))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("is an adapter of another model");
    }

    private static double[] depth(ImageRequestBuilder request) {
        FloatImage depth = request.category(1).seed(4).run().numbers(Modality.DEPTH);
        return IntStream.range(0, depth.values().length)
                .mapToDouble(i -> depth.values()[i])
                .toArray();
    }

    @Test
    void theAdapterOfAnythingElseTellsNoSampling() {
        run(FineTuning.of(teacher).allDirections().lora(2), "tuned");
        assertThat(StudentSettings.read(folder.resolve("tuned/adapter"))).isEmpty();
    }

    @Test
    void whatIsFineTunedFromAStudentIsWarnedOf() {
        run(Student.guided(teacher, Guidance.of(2)), "guided");
        PretrainedModel guided = PretrainedModel.open(folder.resolve("guided"));
        List<String> warnings = new ArrayList<>();
        run(FineTuning.of(guided).allDirections().onStart(start -> warnings.addAll(start.warnings())), "tuned");
        assertThat(warnings).anyMatch(line -> line.contains("is a student, by [GUIDANCE], and forgets that"));
        warnings.clear();
        run(Student.fewSteps(guided, Guidance.NONE, RUN).onStart(start -> warnings.addAll(start.warnings())), "few");
        assertThat(warnings).noneMatch(line -> line.contains("is a student"));
    }

    @Test
    void aStudentWhoseCriticIsGoneDoesNotGoOn() throws Exception {
        run(
                Student.fewSteps(teacher, Guidance.NONE, RUN)
                        .plan(StudentTest::everyStep)
                        .steps(3),
                "few");
        Path critic = folder.resolve("few/critic/checkpoints/0000003");
        assertThat(critic).isDirectory();
        AtomicFolder.delete(critic);
        assertThatThrownBy(() -> Student.fewSteps(teacher, Guidance.NONE, RUN)
                        .plan(StudentTest::everyStep)
                        .data(pictures)
                        .steps(4)
                        .batchSize(4)
                        .precision(Precision.FLOAT32)
                        .run(folder.resolve("few")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("its critic's checkpoint " + critic + " is missing");
    }

    @Test
    void interruptedStudentsGoOnToTheSameBits() {
        goesOn(() -> Student.flowMap(teacher, Guidance.NONE), "map");
        goesOn(() -> Student.fewSteps(teacher, Guidance.of(2), RUN), "few");
        goesOn(() -> Student.fewSteps(teacher, Guidance.of(2), RUN).lora(2), "few-lora");
    }

    private void goesOn(Supplier<FineTuning> student, String name) {
        String whole = name + "-whole";
        String broken = name + "-again";
        run(student.get(), whole);
        FineTuning half = student.get().onStep(step -> {
            if (step.step() == 1) {
                throw new IllegalStateException("interrupted");
            }
        });
        assertThatThrownBy(() -> run(half.plan(StudentTest::everyStep), broken)).hasMessageContaining("interrupted");
        run(student.get().plan(StudentTest::everyStep), broken);
        try (StateDict wanted = weights(whole);
                StateDict again = weights(broken)) {
            wanted.asMap()
                    .forEach((key, value) -> assertThat(again.asMap().get(key).toFloats())
                            .as(key)
                            .containsExactly(value.toFloats()));
        }
    }

    private static TrainingPlan everyStep(TrainingPlan plan) {
        return plan.toBuilder().checkpointing(plan.checkpointing().withEvery(1)).build();
    }

    private StateDict weights(String name) {
        try (WeightFile file = WeightFile.open(folder.resolve(name))) {
            return file.load();
        }
    }

    @Test
    void theVelocityOfTheTeacherIsKeptBeforeTheFirstStep() {
        run(
                Student.flowMap(teacher, Guidance.NONE)
                        .plan(plan -> plan.toBuilder()
                                .optimization(plan.optimization().toBuilder()
                                        .learningRate(0)
                                        .build())
                                .build()),
                "still");
        try (StateDict before = weights("teacher");
                StateDict after = weights("still");
                DiffusionTransformer map =
                        new DiffusionTransformer(config("still").transformer())) {
            assertThat(map.isFlowMap()).isTrue();
            before.asMap()
                    .forEach((key, value) -> assertThat(after.asMap().get(key).toFloats())
                            .as(key)
                            .containsExactly(value.toFloats()));
        }
    }

    @Test
    void studentsOfStudentsAreRefusedBeforeAnythingIsComputed() {
        run(Student.flowMap(teacher, Guidance.NONE), "map");
        PretrainedModel map = PretrainedModel.open(folder.resolve("map"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.flowMap(map, Guidance.NONE))
                .withMessageContaining("is a student itself, by [FLOW_MAP]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.guided(map, Guidance.of(2)))
                .withMessageContaining("is a student itself");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.fewSteps(map, Guidance.NONE, RUN))
                .withMessageContaining("is a student itself, by [FLOW_MAP]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Student.guided(teacher, Guidance.NONE))
                .withMessageContaining("nothing to distil");
    }

    @Test
    void aSampleWithoutAModalityIsNamed() throws Exception {
        Files.delete(pictures.resolve("depth/3.png"));
        assertThatThrownBy(() -> run(Student.flowMap(teacher, Guidance.NONE), "map"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("3.png")
                .hasMessageContaining("no picture of 'depth'");
        assertThat(folder.resolve("map/latents")).doesNotExist();
        assertThat(List.of(folder.resolve("map/config.json"))).noneMatch(Files::exists);
    }
}
