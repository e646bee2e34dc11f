package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.loss.ConditioningRecipe;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommentsTest {

    private static TrainingPlan with(ConditioningRecipe recipe) {
        TrainingPlan plan = TrainingPlan.released();
        return plan.withLoss(plan.velocityLoss().withConditioning(recipe));
    }

    @Test
    void everySettingHasAMeaningAndAPrintedPlanIsReadAgain() {
        for (TrainingPlan plan : List.of(
                TrainingPlan.released(),
                TrainingPlan.released().withLora(LoraConfig.DEFAULT),
                with(ConditioningRecipe.given(0)),
                with(ConditioningRecipe.anyConditions()),
                with(ConditioningRecipe.mixed(0.25, List.of(0.4, 0.1, 0.1, 0.1))))) {
            String printed = PlanJson.described(plan);
            List<String> lines = printed.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).strip().startsWith("\"")) {
                    assertThat(lines.get(i - 1).strip()).as(lines.get(i)).startsWith("// ");
                }
            }
            assertThat(TrainingPlan.parse(printed)).isEqualTo(plan);
        }
        assertThat(PlanJson.described(TrainingPlan.released().withBatchSize(32)))
                .contains("// samples per step (official: 256)\n  \"batchSize\" : 32");
    }

    @Test
    void aTinyPlanIsAlignedAfterItsLastBlock() {
        assertThat(TrainingPlan.parse("{\"model\": {\"depth\": 2}}").model().projectionDepth())
                .isEqualTo(2);
        assertThat(TransformerConfig.builder().depth(3).build().projectionDepth())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"batchSize\": 4,} | the plan is not a training plan: it is no JSON at line 1, column 17",
                "{\"batchSize\": \"many\"} | setting 'batchSize' must be a whole number",
                "{\"optimization\": {\"learningRate\": []}} | setting 'optimization.learningRate' must be a number",
                "{\"precision\": \"DOUBLE\"} | setting 'precision' must be one of FLOAT32, BFLOAT16, FLOAT16",
                "{\"modalities\": 3} | setting 'modalities' must be a list",
            })
    void whatIsWrongIsSaidWithoutTheWordsOfAParser(String json, String message) {
        assertThatThrownBy(() -> TrainingPlan.parse(json))
                .isInstanceOf(TrainingException.class)
                .message()
                .contains(message)
                .doesNotContain("Deserializ", "java.", "code 1", "Token");
    }
}
