package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Granularity;
import dev.mmgen.train.loss.Mixing;
import dev.mmgen.train.loss.Supervision;
import dev.mmgen.train.loss.TargetDropping;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TensorLeakCheck.class)
class OwnRecipeTest {

    private static final TrainingPlan PER_MODALITY =
            TinyTraining.PLAN.withObjective(Objective.RELEASED.withRecipe(Recipe.OWN));

    private static final ConditioningRecipe BLANK = recipe(
            new TimeScheme.OneCondition(Mixing.HALF, 0.05),
            new Supervision(0.25, TargetDropping.AT_LEAST_ONE_PER_SAMPLE, false, true));

    @TempDir
    Path folder;

    private static ConditioningRecipe recipe(TimeScheme scheme, Supervision supervision) {
        return new ConditioningRecipe(scheme, new TimeDistribution.Uniform(), supervision);
    }

    static Stream<Arguments> recipes() {
        return Stream.of(
                Arguments.of(
                        TinyTraining.perElement(),
                        recipe(new TimeScheme.PerElement(Granularity.ELEMENT, Mixing.HALF), Supervision.ALL)),
                Arguments.of(PER_MODALITY, BLANK));
    }

    /** Trains to the plan's end in a folder, from where an earlier run ended. */
    private static List<Double> losses(TrainingPlan plan, ConditioningRecipe recipe, Path folder) {
        List<Double> losses = new ArrayList<>();
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, recipe, model, batches, 1);
                TrainingRun<StepReport> run = TrainingRun.open(folder, trainer)) {
            assertThat(trainer.recipe()).isEqualTo(recipe);
            run.onStep(report -> losses.add(report.loss().total())).train();
        }
        return losses;
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void trainsAndGoesOn(TrainingPlan plan, ConditioningRecipe recipe) {
        List<Double> whole = losses(plan, recipe, folder.resolve("whole"));
        assertThat(whole).hasSize(6).doesNotHaveDuplicates();
        List<Double> parts = new ArrayList<>(losses(plan.withSteps(2), recipe, folder.resolve("parts")));
        parts.addAll(losses(plan, recipe, folder.resolve("parts")));
        assertThat(parts).isEqualTo(whole);
        ConditioningRecipe other = recipe.withTimes(new TimeDistribution.LogitNormal(0, 1));
        assertThat(losses(plan.withSteps(1), other, folder.resolve("other")).getFirst())
                .isNotEqualTo(whole.getFirst());
    }

    @Test
    void thePlanMustSaySo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> losses(TinyTraining.PLAN, BLANK, folder))
                .withMessage("setting 'recipe' is RELEASED; it must be OWN for a recipe of one's own");
        TrainingPlan plan = TinyTraining.perElement();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> losses(plan, BLANK, folder))
                .withMessageContaining("it must be one that gives times PER_ELEMENT, as the model takes them");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan.objective().loss())
                .withMessageContaining("a recipe that a program gives to its Trainer");
        assertThat(TrainingPlan.parse(plan.toJson())).isEqualTo(plan);
        TimeDistribution.LogitNormal times = new TimeDistribution.LogitNormal(0, 1);
        assertThat(plan.objective().withTimes(times).loss(BLANK).recipe()).isEqualTo(BLANK.withTimes(times));
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse("{\"objective\": {\"recipe\": \"PLAIN\"}}"))
                .withMessageContaining("this one gives SHARED");
    }
}
