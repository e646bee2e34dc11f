package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.RepresentationAlignment;
import dev.mmgen.train.loss.RepresentationAlignment.Teacher;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans and checkpoints that were written before the loss had its present form. */
@ExtendWith(TensorLeakCheck.class)
class OldPlanTest {

    private static Path file(String name) {
        return Path.of(Objects.requireNonNull(OldPlanTest.class.getResource("/old/" + name))
                .getPath());
    }

    private static VelocityLoss loss(String objective) {
        return TrainingPlan.parse("{\"objective\": {" + objective + "}}").velocityLoss();
    }

    @Test
    void everySettingOfAnOldFileIsRead() {
        TrainingPlan plan = TrainingPlan.read(file("plan.json"));
        assertThat(plan.modalities()).containsExactly("rgb", "canny");
        assertThat(plan.velocityLoss())
                .isEqualTo(VelocityLoss.released()
                        .withPath(Interpolant.cosine())
                        .withConditioning(ConditioningRecipe.mixed(0.5, List.of(0.25, 0.25))
                                .withTimes(new TimeDistribution.LogitNormal(0.1, 0.9)))
                        .withModalityWeights(List.of(1.0, 0.5))
                        .withClassDropout(0.2)
                        .withGivenClassDropout(0.6)
                        .withCompensateVelocity(true)
                        .withAlignment(RepresentationAlignment.REFERENCE
                                .withWeight(0.25)
                                .withFirstHalf(true)
                                .withUntilStep(100)));
        assertThat(plan.optimization())
                .isEqualTo(Optimization.RELEASED.toBuilder()
                        .learningRate(1e-2)
                        .schedule(Optimization.Schedule.HOLD)
                        .warmUpSteps(2)
                        .finalLearningRate(1e-5)
                        .decaySteps(3)
                        .betas(0.8, 0.9)
                        .weightDecay(0.01)
                        .epsilon(1e-7)
                        .gradientNorm(2)
                        .emaDecay(0.9)
                        .build());
        assertThat(plan.batchSize()).isEqualTo(4);
        assertThat(plan.gradientAccumulation()).isEqualTo(2);
        assertThat(plan.checkpointing()).isEqualTo(Checkpointing.every(2).withKeep(1));
        assertThat(plan.activationCheckpointing()).isTrue();
    }

    @Test
    void everyRecipeIsRead() {
        assertThat(loss("\"recipe\": \"RELEASED\"")).isEqualTo(VelocityLoss.released());
        assertThat(loss("\"recipe\": \"GIVEN\"").conditioning()).isEqualTo(ConditioningRecipe.given(0));
        assertThat(loss("\"recipe\": \"GIVEN\", \"condition\": 2").conditioning())
                .isEqualTo(ConditioningRecipe.given(2));
        assertThat(loss("\"recipe\": \"DECOUPLED\", \"condition\": 2").conditioning())
                .isEqualTo(ConditioningRecipe.decoupled());
        assertThat(loss("\"recipe\": \"ANY_CONDITIONS\"").conditioning()).isEqualTo(ConditioningRecipe.anyConditions());
        assertThat(loss("\"conditionShares\": [1, 0, 0, 0, 0]")).isEqualTo(VelocityLoss.released());
        assertThat(loss("\"recipe\": \"MIXED\", \"conditionShares\": [0.2, 0.1, 0.1, 0.1, 0.1]")
                        .conditioning())
                .isEqualTo(ConditioningRecipe.mixed(0.2, List.of(0.1, 0.1, 0.1, 0.1)));
        assertThat(loss("\"recipe\": \"GIVEN\", \"logitNormalTimes\": {\"mean\": 1}")
                        .conditioning())
                .isEqualTo(ConditioningRecipe.given(0).withTimes(new TimeDistribution.LogitNormal(1, 1)));
        assertThat(loss("\"logitNormalTimes\": null, \"givenClassDropout\": null"))
                .isEqualTo(VelocityLoss.released());
    }

    @Test
    void anOldAlignmentIsRead() {
        assertThat(loss("\"alignment\": \"FEATURES\", \"teacherDepth\": 3, \"teacherTime\": 0.5"))
                .isEqualTo(VelocityLoss.released());
        VelocityLoss self = TrainingPlan.parse("""
                {"model": {"projections": [1152]},
                 "objective": {"alignment": "SELF", "teacherDepth": 3, "alignmentWeight": 0.1}}""").velocityLoss();
        assertThat(self.alignment())
                .isEqualTo(RepresentationAlignment.REFERENCE.withWeight(0.1).withTeacher(new Teacher.Ema(3, 0.8)));
        assertThat(loss("\"alignmentWeight\": 0").alignment()).isEqualTo(RepresentationAlignment.NONE);
    }

    @Test
    void aRecipeOfAProgramsOwnIsAbsent() {
        TrainingPlan plan = TrainingPlan.parse("{\"objective\": {\"recipe\": \"OWN\"}}");
        assertThat(plan.velocityLoss().conditioning().scheme()).isNotInstanceOf(TimeScheme.OneCondition.class);
        try (DiffusionTransformer model = TinyTraining.PLAN.newModel();
                BatchSource batches = TinyTraining.batches(TinyTraining.PLAN)) {
            TrainingPlan tiny = TinyTraining.PLAN.withLoss(plan.loss());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Trainer(tiny, model, batches))
                    .withMessageContaining("a class of a program's own");
        }
    }

    @Test
    void theLogNamesOldSettingsOnce() {
        List<String> notes = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord message) {
                notes.add(new MessageFormat(message.getMessage(), Locale.ROOT).format(message.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(OldPlan.class.getName());
        logger.addHandler(handler);
        try {
            TrainingPlan.parse("{\"saving\": {\"every\": 3}, \"optimization\": {\"averageDecay\": 0.5}}");
            TrainingPlan.parse("{\"checkpointing\": {\"every\": 3}}");
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(notes)
                .singleElement()
                .asString()
                .startsWith("the plan has old names, which are still read: ")
                .contains("'saving' is 'checkpointing' now")
                .contains("'optimization.averageDecay' is 'optimization.emaDecay' now");
    }

    /** The losses are those that the library of before computed when it went on from its own checkpoints. */
    @ParameterizedTest
    @CsvSource({"0000003.pt, 3.4338826686143875, 3.575416099280119", "0000003, 3.456811163574457, 3.692935787141323"})
    void oldCheckpointsGoOnAsTheyDid(String name, double fourth, double fifth) {
        TrainingPlan plan = TrainingPlan.read(file("plan.json"))
                .withLora(
                        name.endsWith(".pt")
                                ? null
                                : LoraConfig.DEFAULT.withRank(2).withAlpha(4));
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5);
                DiffusionTransformer model = plan.newModel()) {
            TrainingBatch samples = new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, 10, 4, 2, 2),
                    Torch.randint(generator, 0, 2, 10),
                    Torch.randn(generator, DType.FLOAT32, 10, 1, 4));
            try (LatentsInMemory batches = new LatentsInMemory(samples, plan.microBatch(), plan.seed());
                    Trainer trainer = new Trainer(plan, model, batches)) {
                trainer.restore(file(name));
                assertThat(trainer.stepsMade()).isEqualTo(3);
                assertThat(trainer.step().loss().total()).isCloseTo(fourth, within(1e-5));
                assertThat(trainer.step().loss().total()).isCloseTo(fifth, within(1e-5));
            }
        }
    }
}
