package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Settings that are refused by name: by the setter that gets them, or when a plan's file is read. */
@SuppressWarnings("NullAway") // nulls are what is tested
class RefusedSettingsTest {

    @TempDir
    Path folder;

    private static Arguments missing(String field, ThrowingCallable call) {
        return Arguments.of(field, call);
    }

    static Stream<Arguments> nulls() {
        TrainingPlan plan = TinyTraining.PLAN;
        return Stream.of(
                missing("precision", () -> plan.toBuilder().precision(null)),
                missing("optimization", () -> plan.toBuilder().optimization(null)),
                missing("checkpointing", () -> plan.toBuilder().checkpointing(null)),
                missing("loss", () -> plan.toBuilder().loss(null)),
                missing("modalities", () -> plan.toBuilder().modalities(null)),
                missing("schedule", () -> Optimization.RELEASED.toBuilder().schedule(null)),
                missing("format", () -> plan.checkpointing().withFormat(null)),
                missing("path", () -> VelocityLoss.released().withPath(null)),
                missing("conditioning", () -> VelocityLoss.released().withConditioning(null)),
                missing("alignment", () -> VelocityLoss.released().withAlignment(null)),
                missing("modalityWeights", () -> VelocityLoss.released().withModalityWeights(null)),
                missing(
                        "timeEmbedding",
                        () -> plan.model().toBuilder().timeEmbedding(null).build()),
                missing("sampling", () -> ModelConfig.builder(plan.model()).sampling(null)),
                missing("reading", () -> ModelConfig.builder(plan.model()).reading(null)),
                missing("guidance", () -> SamplingRequest.of(1).guidance(null)),
                missing("sampler", () -> SamplingRequest.of(1).sampler(null)),
                missing("noise", () -> SamplingRequest.of(1).noise(null)),
                missing("listener", () -> SamplingRequest.of(1).onStep(null)));
    }

    @ParameterizedTest
    @MethodSource("nulls")
    void nullIsRefusedByTheSetterThatGetsIt(String field, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(field);
    }

    private static Arguments number(String message, ThrowingCallable call) {
        return Arguments.of(message, call);
    }

    static Stream<Arguments> numbers() {
        Optimization.Builder optimization = Optimization.RELEASED.toBuilder();
        return Stream.of(
                number(
                        "'finalLearningRate' is -1.0",
                        () -> Optimization.RELEASED.toBuilder()
                                .finalLearningRate(-1)
                                .build()),
                number(
                        "'learningRate' is 1.0E300",
                        () -> optimization.learningRate(1e300).build()),
                number(
                        "weightDecay",
                        () -> Optimization.RELEASED.toBuilder()
                                .weightDecay(Double.POSITIVE_INFINITY)
                                .build()),
                number(
                        "epsilon",
                        () -> Optimization.RELEASED.toBuilder()
                                .epsilon(Double.POSITIVE_INFINITY)
                                .build()),
                number("'rank' is 2147483647", () -> new LoraConfig.MapSettings("x", Integer.MAX_VALUE, null)),
                number("steps is 2147483647", () -> SamplingRequest.of(1).steps(Integer.MAX_VALUE)),
                number(
                        "size is 2147483647 x 4",
                        () -> SamplingRequest.of(1).size(Integer.MAX_VALUE, 4).build()));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void numberOutOfRangeIsRefusedByName(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    @Test
    void scheduleOfAProgramsOwnIsNamed() {
        LearningRate schedule = new LearningRate.WarmUp(2, _ -> Double.NaN);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> schedule.at(5))
                .withMessageContaining("(a lambda in " + getClass().getName() + ") returned NaN for step 3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"objective": {"recipe": "NOPE"}}                            | 'objective.recipe' of "NOPE"; it must be one of
            {"objective": {"colour": 1}}                                 | 'objective.colour'
            {"objective": null}                                          | 'objective' of null
            {"objective": {"logitNormalTimes": 3}}                       | 'objective.logitNormalTimes' of 3
            {"objective": {"recipe": "PLAIN"}, "loss": {}}               | 'objective' and 'loss', which say the same
            {"saving": {"every": 5}, "checkpointing": {"every": 6}}      | 'saving' and 'checkpointing', which say the same
            {"precision": null}                                          | 'precision' of null
            {"loss": {"path": null}}                                     | 'loss.path' of null
            {"precision": 0}                                             | 'precision' must be one of FLOAT32
            {"steps": 5.7}                                               | 'steps' must be a whole number
            {"steps": "5"}                                               | 'steps' must be a whole number
            {"steps": 5, "steps": 6}                                     | Duplicate field 'steps'
            {"loss": {"conditioning": {"scheme": {"type": "fixed-condition", "modality": 9}}}} | 'conditioning.scheme.modality' is 9
            """)
    void planIsRefusedByTheNameOfTheSetting(String json, String message) {
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse(json))
                .withMessageContaining(message);
    }

    @Test
    void settingsOfMixedConditionsAreAllKnown() {
        String scheme = "{\"type\": \"mixed-conditions\", \"none\": 0.5, \"alone\": [0.1, 0.1, 0.1, 0.1],"
                + " \"latest\": 0.01, \"later\": 1}";
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse("{\"loss\": {\"conditioning\": {\"scheme\": " + scheme + "}}}"))
                .withMessageContaining("setting 'later' of type 'mixed-conditions' is unknown");
    }

    @Test
    void planWithAByteOrderMarkIsRead() throws Exception {
        Path file = Files.writeString(folder.resolve("plan.json"), "\uFEFF{\"steps\": 7}");
        assertThat(TrainingPlan.read(file).steps()).isEqualTo(7);
    }
}
