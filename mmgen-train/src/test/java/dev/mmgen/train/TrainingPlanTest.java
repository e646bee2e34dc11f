package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {

    @Test
    void defaultsAreTheOfficialRecipe() {
        TrainingPlan plan = TrainingPlan.parse("{}");
        assertThat(plan).isEqualTo(TrainingPlan.released());
        assertThat(plan.model()).isEqualTo(TransformerConfig.sit("XL/2"));
        assertThat(plan.loss()).isEqualTo(VelocityLoss.released());
        assertThat(plan.precision()).isEqualTo(Precision.FLOAT16);
        assertThat(plan.optimization().rates(600_000).at(599_999)).isEqualTo(1e-4);
    }

    @Test
    void jsonNamesOnlyWhatDiffers() {
        TrainingPlan plan = TrainingPlan.parse("""
                {"model": {"depth": 12},
                 "loss": {"conditioning": {"scheme": {"type": "fixed-condition", "modality": 2},
                                           "times": {"type": "logit-normal", "mean": 0.5}}},
                 "optimization": {"schedule": "COSINE", "warmUpSteps": 10}, "batchSize": 32,
                 "gradientAccumulation": 4}""");
        assertThat(plan.model().depth()).isEqualTo(12);
        assertThat(plan.model().width()).isEqualTo(1152);
        ConditioningRecipe conditioning = plan.velocityLoss().conditioning();
        assertThat(conditioning.scheme()).isEqualTo(new TimeScheme.FixedCondition(2));
        assertThat(conditioning.times()).isEqualTo(new TimeDistribution.LogitNormal(0.5, 1));
        assertThat(plan.microBatch()).isEqualTo(8);
        assertThat(plan.optimization().rates(110).at(4)).isEqualTo(0.5e-4);
        assertThat(plan.optimization().rates(110).at(110)).isZero();
        assertThat(TrainingPlan.parse(plan.toJson())).isEqualTo(plan);
    }

    @Test
    void timesMayBeThoseOfFewSteps() {
        TrainingPlan plan = TrainingPlan.parse(
                "{\"loss\": {\"conditioning\": {\"times\": {\"type\": \"few-steps\", \"steps\": 3}}}}");
        assertThat(plan.velocityLoss().conditioning().times()).isEqualTo(new TimeDistribution.FewSteps(3, 2.2));
        assertThat(TrainingPlan.parse(plan.toJson())).isEqualTo(plan);
    }

    @Test
    void recipesHaveNames() {
        TrainingPlan plan = TrainingPlan.parse("{\"loss\": {\"conditioning\": \"any-conditions\"}}");
        assertThat(plan.velocityLoss().conditioning()).isEqualTo(ConditioningRecipe.anyConditions());
        TrainingPlan mixed = TrainingPlan.parse("""
                {"loss": {"conditioning": {"scheme":
                    {"type": "mixed-conditions", "none": 0.5, "alone": [0.1, 0.1, 0.1, 0.1], "latest": 0.01}}}}""");
        assertThat(mixed.velocityLoss().conditioning().scheme())
                .isEqualTo(new TimeScheme.MixedConditions(0.5, List.of(0.1, 0.1, 0.1, 0.1), 0.01));
        assertThat(TrainingPlan.parse(mixed.toJson())).isEqualTo(mixed);
    }

    @Test
    void everySettingHasAWither() {
        TrainingPlan plan = TinyTraining.PLAN;
        Optimization optimization = Optimization.RELEASED.toBuilder()
                .learningRate(2e-4)
                .schedule(Optimization.Schedule.HOLD)
                .warmUpSteps(3)
                .finalLearningRate(1e-5)
                .decaySteps(4)
                .betas(0.8, 0.9)
                .weightDecay(0.01)
                .epsilon(1e-7)
                .gradientNorm(2)
                .emaDecay(0.99)
                .build();
        TrainingPlan other = plan.withModalities(List.of("rgb", "depth", "normal", "canny"))
                .withLoss(VelocityLoss.released().withGivenClassDropout(0.5))
                .withOptimization(optimization)
                .withPrecision(Precision.BFLOAT16)
                .withBatchSize(12)
                .withGradientAccumulation(3)
                .withSteps(7)
                .withSeed(8)
                .withCheckpointing(Checkpointing.every(5).withKeep(2).withFormat(Checkpointing.Format.SAFETENSORS))
                .withLora(LoraConfig.DEFAULT)
                .withActivationCheckpointing(true)
                .withModel(TinyTraining.MODEL);
        assertThat(other.microBatch()).isEqualTo(4);
        assertThat(other.toBuilder().build()).isEqualTo(other);
        assertThat(TrainingPlan.parse(other.toJson())).isEqualTo(other).isNotEqualTo(plan);
        assertThat(other.optimization().toBuilder().build()).isEqualTo(optimization);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"batchsize": 4}                       | 'batchsize'; the nearest known one is 'batchSize'
            {"optimization": {"learning_rate": 1}} | 'optimization.learning_rate'; the nearest known one is 'optimization.learningRate'
            {"model": 3}                           | at 'model' is not a JSON object
            {"batchSize": 10, "gradientAccumulation": 3} | 'batchSize' is 10; it must be a multiple of gradientAccumulation, 3
            {"steps": 0}                           | 'steps' is 0
            {"steps": 99999999999}                 | 'steps' is 99999999999; it must be at most 2147483648
            {"steps": null}                        | 'steps' of null; leave it out for its default, which is 600000
            {"optimization": {"muon": ["blocks", null]}} | 'optimization.muon' with null at place 2; give a value, or leave it out
            {"loss": {"conditioning": {"scheme": {"type": "direct-reading", "others": null}}}} | 'loss.conditioning.scheme.others' of null; give a value
            {"loss": {"conditioning": {"scheme": {"type": "mixed-conditions", "alone": [0.1, [null]]}}}} | 'loss.conditioning.scheme.alone' with null at place 1
            {"steps": 1e99}                        | the plan is not a training plan
            {"batchSize": 99999999999}             | the plan is not a training plan
            {"optimization": {"beta2": 1}}         | beta2 is 1.0
            {"loss": {"modalityWeights": [1]}}     | lists 1 weights, but the model has 4
            {"loss": {"conditioning": "plain"}}    | 'conditioning.scheme' is Shared[], which gives times SHARED; it must give times PER_MODALITY, as the model takes them
            {"loss": {"conditioning": "new"}}      | 'loss.conditioning' of 'new'; it must be one of released, given, decoupled, any-conditions, plain, or its settings
            {"loss": {"conditioning": {"scheme": {"type": "mixed-conditions"}}}} | setting 'none' of type 'mixed-conditions' is missing
            {"loss": {"conditioning": {"scheme": {"type": "mixed-conditions", "none": 1, "alone": [0], "latest": 0}}}} | use decoupled times
            {"loss": {"conditioning": {"scheme": {"type": "one-conditions"}}}} | it must be one of shared, decoupled, one-condition, fixed-condition, any-conditions, mixed-conditions, direct-reading, per-element. The nearest is 'one-condition'
            {"loss": {"conditioning": {"scheme": {"latests": 1}}}} | 'loss.conditioning.scheme.latests'; the nearest known one is 'loss.conditioning.scheme.latest'
            {"loss": {"conditioning": {"times": {"type": "logit-normal", "deviation": 0}}}} | times with mean 0.0 and deviation 0.0
            {"loss": {"path": "round"}}            | unknown path type 'round'
            {"loss": {"classDropout": null}}       | 'classDropout'
            {"loss": {"classDropout": 2}}          | 'classDropout' is 2.0; it must be from 0 to 1
            {"loss": 3}                            | at 'loss' is not a JSON object
            {"optimization": {"schedule": "HOLD"}} | 'decaySteps' is 0
            {"model": {"projections": []}}         | 'alignment.weight' is 0.5; it must be 0
            {"checkpointing": {"every": 0}}        | 'checkpointing.every' is 0; it must be at least 1
            {"objective": {"recipe": "NEW"}}       | has 'objective.recipe' of
            {"model": {"width": 100}}              | 'width' is 100
            []                                     | is not a JSON object
            {"steps":                              | it is no JSON at line 1, column 10
            """)
    void wrongSettingsAreNamed(String json, String message) {
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse(json))
                .withMessageStartingWith("the plan")
                .withMessageContaining(message);
    }

    @Test
    void filesAreNamed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("plan.json");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.read(file))
                .withMessageContaining(file.toString());
        Files.writeString(file, "{\"stepss\": 1}");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.read(file))
                .withMessageContaining("plan.json has an unknown setting 'stepss'");
        Files.write(file, new byte[] {'{', (byte) 0xff});
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.read(file))
                .withMessageContaining("plan.json is not UTF-8 text");
    }

    @Test
    void aModelOfAnotherShapeIsRefused() {
        TrainingPlan plan = TinyTraining.PLAN;
        try (var model = plan.newModel();
                var batches = TinyTraining.batches(plan)) {
            TrainingPlan other = plan.withModel(TransformerConfig.sit("S/2"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Trainer(other, model, batches))
                    .withMessageContaining("width is 32, not 384");
        }
    }
}
