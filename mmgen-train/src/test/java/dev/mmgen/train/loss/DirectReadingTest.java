package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.random.SeededDraws;
import org.junit.jupiter.api.Test;

class DirectReadingTest {

    private static final int SAMPLES = 2_000;
    private static final LatentShape SHAPE = LatentShape.of(Shape.of(SAMPLES, 6, 1, 1), 3);
    private static final TimeScheme NONE_GIVEN = new TimeScheme.Decoupled(Mixing.NONE);

    private static ConditioningPlan plan(double share) {
        try (SeededDraws draws = new SeededDraws(5)) {
            return recipe(share).plan(SHAPE, draws);
        }
    }

    private static ConditioningRecipe recipe(double share) {
        return ConditioningRecipe.anyConditions().withScheme(new DirectReading(NONE_GIVEN, 1, share, 0.01));
    }

    @Test
    void itsShareOfTheSamplesIsGivenOneModalityAndZerosAtTimeOne() {
        try (TensorScope _ = TensorScope.open()) {
            ConditioningPlan plan = plan(0.25);
            float[] times = plan.times().toFloats();
            int reading = 0;
            for (int i = 0; i < SAMPLES; i++) {
                boolean reads = plan.conditions().has(i, 1);
                reading += reads ? 1 : 0;
                for (int m = 0; m < 3; m++) {
                    boolean target = reads && m != 1;
                    assertThat(plan.noiseless().has(i, m)).isEqualTo(target);
                    assertThat(times[6 * i + 2 * m]).isEqualTo(times[6 * i + 2 * m + 1]);
                    assertThat(times[6 * i + 2 * m] == 1).isEqualTo(target);
                    assertThat(plan.supervised().has(i, m)).isEqualTo(!reads || m != 1);
                }
                if (reads) {
                    assertThat(times[6 * i + 2]).isLessThan(0.01f);
                }
            }
            assertThat(reading / (double) SAMPLES).isCloseTo(0.25, within(0.03));
            assertThat(plan(0).noiseless()).isEqualTo(ModalityMask.none(SAMPLES, 3));
        }
    }

    @Test
    void noiseIsTakenOutWhereThereIsToBeNone() {
        try (TensorScope _ = TensorScope.open()) {
            ConditioningPlan plan = plan(1);
            Tensor ones = Torch.full(1, DType.FLOAT32, Device.CPU, Shape.of(SAMPLES, 6, 1, 1));
            Tensor noise = plan.noise(ones);
            assertThat(noise.slice(1, 2, 4).contiguous().toFloats()).containsOnly(1);
            assertThat(noise.slice(1, 0, 2).contiguous().toFloats()).containsOnly(0);
            assertThat(noise.slice(1, 4, 6).contiguous().toFloats()).containsOnly(0);
            assertThat(plan(0).noise(ones)).isSameAs(ones);
        }
    }

    @Test
    void itIsASettingOfAPlan() {
        TrainingPlan plan = TrainingPlan.parse("""
                {"loss": {"conditioning": {"scheme": {"type": "direct-reading", "modality": 1, "share": 0.25, "latest": 0.01,
                    "others": {"type": "decoupled", "mixing": "NONE"}}}}}""");
        assertThat(plan.velocityLoss().conditioning().scheme())
                .isEqualTo(recipe(0.25).scheme());
        assertThat(TrainingPlan.parse(plan.toJson())).isEqualTo(plan);
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        assertRefused("'share' is 1.5", () -> new DirectReading(NONE_GIVEN, 0, 1.5, 0.01));
        assertRefused("'modality' is -1", () -> new DirectReading(NONE_GIVEN, -1, 0.5, 0.01));
        assertRefused("up to 2", () -> new DirectReading(NONE_GIVEN, 0, 0.5, 2));
        assertRefused("per modality", () -> new DirectReading(new TimeScheme.Shared(), 0, 0.5, 0.01));
        try (TensorScope _ = TensorScope.open();
                SeededDraws draws = new SeededDraws(1)) {
            TimeScheme fourth = new DirectReading(NONE_GIVEN, 3, 0.5, 0.01);
            assertRefused("only 3 modalities", () -> fourth.draw(SHAPE, new TimeDistribution.Uniform(), draws));
        }
    }

    private static void assertRefused(String message, Runnable making) {
        assertThatIllegalArgumentException().isThrownBy(making::run).withMessageContaining(message);
    }
}
