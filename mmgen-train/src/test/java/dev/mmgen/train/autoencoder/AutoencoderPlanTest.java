package dev.mmgen.train.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.train.Precision;
import dev.mmgen.train.TrainingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoencoderPlanTest {

    @Test
    void jsonMayHoldOnlyChangedSettings() {
        AutoencoderPlan plan = AutoencoderPlan.parse("""
                {"model": {"blockOutChannels": [8, 16]}, "loss": {"edges": 0}, "precision": "BFLOAT16", "batchSize": 3}""");
        assertThat(plan.model().factor()).isEqualTo(2);
        assertThat(plan.model().sampleSize()).isEqualTo(64);
        assertThat(plan.loss().edges()).isZero();
        assertThat(plan.precision()).isEqualTo(Precision.BFLOAT16);
        assertThat(plan.optimization()).isEqualTo(AutoencoderPlan.small().optimization());
        assertThat(AutoencoderPlan.parse(plan.toJson())).isEqualTo(plan);
        assertThat(AutoencoderPlan.parse("{}")).isEqualTo(AutoencoderPlan.small());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"batchsize": 4}                      | 'batchsize'; the nearest known one is 'batchSize'
            {"loss": {"l1": 1}}                   | an unknown setting 'loss.l1'
            {"loss": {"edges": -1}}               | 'edges' is -1.0
            {"loss": {"absolute": 0, "squared": 0}} | both 0
            {"loss": {"modalityWeights": [0, 0]}} | 'modalityWeights' is 0
            {"batchSize": 0}                      | 'batchSize' is 0; it must be at least 1
            {"steps": 0}                          | 'steps' is 0
            {"precision": "FLOAT16"}              | 'precision' is FLOAT16; it must be FLOAT32 or BFLOAT16
            {"model": {"sampleSize": 30}}         | 'model.sampleSize' is 30; it must be a multiple of 4
            {"model": {"inChannels": 1}}          | 'model.inChannels' is 1
            {"model": {"normNumGroups": 7}}       | multiples of norm_num_groups
            """)
    void badSettingsAreNamed(String json, String message) {
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> AutoencoderPlan.parse(json))
                .withMessageContaining("the plan")
                .withMessageContaining(message);
    }
}
