package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Files;
import java.nio.file.Path;
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
        assertThat(plan.objective().loss()).isEqualTo(VelocityLoss.released());
        assertThat(plan.precision()).isEqualTo(Precision.FLOAT16);
        assertThat(plan.optimization().rates(600_000).at(599_999)).isEqualTo(1e-4);
    }

    @Test
    void jsonNamesOnlyWhatDiffers() {
        TrainingPlan plan = TrainingPlan.parse("""
                {"model": {"depth": 12},
                 "objective": {"recipe": "GIVEN", "condition": 2, "logitNormalTimes": {"mean": 0.5}},
                 "optimization": {"schedule": "COSINE", "warmUpSteps": 10}, "batchSize": 32, "accumulation": 4}""");
        assertThat(plan.model().depth()).isEqualTo(12);
        assertThat(plan.model().width()).isEqualTo(1152);
        assertThat(plan.objective().condition()).isEqualTo(2);
        assertThat(plan.objective().conditioning().distribution()).isEqualTo(new TimeDistribution.LogitNormal(0.5, 1));
        assertThat(plan.samplesAtOnce()).isEqualTo(8);
        assertThat(plan.optimization().rates(110).at(4)).isEqualTo(0.5e-4);
        assertThat(plan.optimization().rates(110).at(110)).isZero();
        assertThat(TrainingPlan.parse(plan.toJson())).isEqualTo(plan);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"batchsize": 4}                       | 'batchsize'; the nearest known one is 'batchSize'
            {"optimization": {"learning_rate": 1}} | 'optimization.learning_rate'; the nearest known one is 'optimization.learningRate'
            {"model": 3}                           | at 'model' is not a JSON object
            {"batchSize": 10, "accumulation": 3}   | 'batchSize' is 10; it must be a multiple of accumulation, 3
            {"steps": 0}                           | 'steps' is 0
            {"steps": null}                        | null
            {"optimization": {"beta2": 1}}         | beta2 is 1.0
            {"objective": {"modalityWeights": [1]}} | lists 1 weights, but the model has 4
            {"objective": {"recipe": "PLAIN"}}     | 'recipe' is PLAIN; it must be one that gives times PER_MODALITY, as the model takes them; this one gives SHARED
            {"objective": {"recipe": "MIXED"}}     | 'conditionShares' is []; it must list 5
            {"objective": {"recipe": "MIXED", "modalityWeights": [1], "conditionShares": [1, 0]}} | use DECOUPLED
            {"optimization": {"schedule": "HOLD"}} | 'fallingSteps' is 0
            {"objective": {"recipe": "NEW"}}       | RELEASED
            {"objective": {"logitNormalTimes": {"deviation": 0}}} | times with mean 0.0 and deviation 0.0
            {"objective": {"logitNormalTimes": {"mode": 1}}} | 'objective.logitNormalTimes.mode'; the nearest known one is
            {"model": {"projections": []}}         | 'alignmentWeight' is 0.5; it must be 0
            {"model": {"width": 100}}              | 'width' is 100
            []                                     | is not a JSON object
            {"steps":                              | Unexpected end
            """)
    void whatIsWrongIsNamed(String json, String message) {
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse(json))
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
