package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.random.SeededDraws;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConditioningRecipeTest {

    private static final LatentShape BATCH = LatentShape.of(Shape.of(8, 16, 2, 2), 4);

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

    /** The times per sample and modality; all channels of a modality must agree. */
    private static double[][] times(ConditioningPlan plan, LatentShape shape) {
        assertThat(plan.times().shape().toArray()).containsExactly(shape.samples(), shape.allChannels(), 1, 1);
        float[] flat = plan.times().toFloats();
        double[][] times = new double[shape.samples()][shape.modalities()];
        for (int i = 0; i < flat.length; i++) {
            int sample = i / shape.allChannels();
            int modality = i % shape.allChannels() / shape.channels();
            if (i % shape.channels() == 0) {
                times[sample][modality] = flat[i];
            }
            assertThat((double) flat[i]).isEqualTo(times[sample][modality]);
        }
        return times;
    }

    @Test
    void theReleasedRecipeGivesTheLastQuarterOneCondition() {
        ConditioningPlan plan = ConditioningRecipe.released().plan(BATCH, draws);
        double[][] times = times(plan, BATCH);
        long[] tasks = plan.tasks().toLongs();
        for (int i = 0; i < 8; i++) {
            int conditions = 0;
            for (int m = 0; m < 4; m++) {
                if (plan.conditions().has(i, m)) {
                    conditions++;
                    assertThat(times[i][m]).isBetween(0.0, 0.01);
                    assertThat(plan.supervised().has(i, m)).isFalse();
                    assertThat(tasks[i]).isEqualTo(m + 1);
                }
                if (i < 4) {
                    assertThat(plan.supervised().has(i, m)).isEqualTo(m == 0);
                }
            }
            assertThat(conditions).isEqualTo(i < 6 ? 0 : 1);
            if (i < 6) {
                assertThat(times[i]).containsOnly(times[i][0]);
                assertThat(tasks[i]).isZero();
                assertThat(plan.supervised().has(i, 0)).isTrue();
            }
        }
        assertThat(plan.visible().isFull()).isTrue();
    }

    @Test
    void fromRgbTheOthersShareATime() {
        ConditioningPlan plan = ConditioningRecipe.given(0).plan(BATCH, draws);
        for (double[] sample : times(plan, BATCH)) {
            assertThat(sample[0]).isZero();
            assertThat(sample[1]).isPositive().isEqualTo(sample[2]).isEqualTo(sample[3]);
        }
        assertThat(plan.tasks().toLongs()).containsOnly(1);
        assertThat(plan.supervised()).isEqualTo(ModalityMask.of(8, 4, (_, m) -> m > 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConditioningRecipe.given(4).plan(BATCH, draws))
                .withMessageContaining("only 4");
        assertThatIllegalArgumentException().isThrownBy(() -> ConditioningRecipe.given(-1));
    }

    @Test
    void decoupledTimesAllDiffer() {
        ConditioningPlan plan = ConditioningRecipe.decoupled().plan(BATCH, draws);
        Set<Double> all = new HashSet<>();
        for (double[] sample : times(plan, BATCH)) {
            for (double time : sample) {
                all.add(time);
            }
        }
        assertThat(all).hasSize(32);
        assertThat(plan.supervised().isFull()).isTrue();
        assertThat(plan.tasks().toLongs()).containsOnly(0);
    }

    @Test
    void mixedConditionsFollowTheirShares() {
        LatentShape shape = LatentShape.of(Shape.of(4000, 4, 1, 1), 4);
        ConditioningPlan plan =
                ConditioningRecipe.mixed(0.4, List.of(0.3, 0.1, 0.05, 0.05)).plan(shape, draws);
        double[][] times = times(plan, shape);
        int[] bySubset = new int[16];
        for (int i = 0; i < 4000; i++) {
            int subset = 0;
            for (int m = 0; m < 4; m++) {
                boolean given = plan.conditions().has(i, m);
                subset |= given ? 1 << m : 0;
                assertThat(plan.supervised().has(i, m)).isEqualTo(!given);
                if (given) {
                    assertThat(times[i][m]).isBetween(0.0, 0.01);
                }
            }
            bySubset[subset]++;
        }
        double[] expected = {0.4, 0.3, 0.1, 0, 0.05, 0, 0, 0, 0.05};
        for (int subset : new int[] {0, 1, 2, 4, 8}) {
            assertThat(bySubset[subset] / 4000.0).isCloseTo(expected[subset], within(0.03));
        }
        for (int several : new int[] {3, 5, 6, 7, 9, 10, 11, 12, 13, 14}) {
            assertThat(bySubset[several]).isPositive();
        }
        assertThat(bySubset[15]).isZero();
    }

    @Test
    void mixedConditionsNeedSharesThatFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConditioningRecipe.mixed(0.6, List.of(0.3, 0.2)))
                .withMessageContaining("at most 1");
        assertThatIllegalArgumentException().isThrownBy(() -> ConditioningRecipe.mixed(-0.1, List.of(0.3, 0.2)));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ConditioningRecipe.mixed(0.5, List.of(0.1, 0.1)).plan(BATCH, draws))
                .withMessageContaining("there are 4");
    }

    @Test
    void anySubsetOfModalitiesCanBeGiven() {
        LatentShape shape = LatentShape.of(Shape.of(400, 3, 1, 1), 3);
        ConditioningPlan plan = ConditioningRecipe.anyConditions().plan(shape, draws);
        double[][] times = times(plan, shape);
        long[] tasks = plan.tasks().toLongs();
        Set<String> subsets = new HashSet<>();
        for (int i = 200; i < 400; i++) {
            StringBuilder subset = new StringBuilder();
            double shared = -1;
            int last = -1;
            for (int m = 0; m < 3; m++) {
                if (plan.conditions().has(i, m)) {
                    subset.append(m);
                    last = m;
                    assertThat(times[i][m]).isLessThan(0.01);
                } else {
                    assertThat(shared < 0 || shared == times[i][m]).isTrue();
                    shared = times[i][m];
                }
                assertThat(plan.supervised().has(i, m))
                        .isNotEqualTo(plan.conditions().has(i, m));
            }
            assertThat(tasks[i]).isEqualTo(subset.length() == 1 ? last + 1 : 0);
            subsets.add(subset.toString());
        }
        assertThat(subsets).containsExactlyInAnyOrder("0", "1", "2", "01", "02", "12");
        assertThat(plan.conditions().and((i, _) -> i < 200)).isEqualTo(ModalityMask.none(400, 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        ConditioningRecipe.anyConditions().plan(LatentShape.of(Shape.of(2, 4, 1, 1), 1), draws))
                .withMessageContaining("2 to 62");
    }

    @Test
    void logitNormalTimesFavourTheMiddle() {
        ConditioningRecipe recipe = ConditioningRecipe.plain().withTimes(new TimeDistribution.LogitNormal(0, 1));
        Tensor times =
                recipe.plan(LatentShape.of(Shape.of(20_000, 4, 1, 1), 1), draws).times();
        assertThat(times.shape().toArray()).containsExactly(20_000);
        assertThat(times.mean().item()).isCloseTo(0.5, within(0.01));
        // P(0.25 < sigmoid(z) < 0.75) = P(|z| < ln 3); a uniform time would give 0.5.
        Tensor middle = times.sub(0.5).abs();
        long inside = 0;
        for (float distance : middle.toFloats()) {
            inside += distance < 0.25 ? 1 : 0;
        }
        assertThat(inside / 20_000.0).isCloseTo(0.728, within(0.02));
        assertThatIllegalArgumentException().isThrownBy(() -> new TimeDistribution.LogitNormal(0, 0));
    }

    @Test
    void timesPerElementVaryAsAsked() {
        for (Granularity granularity : Granularity.values()) {
            TimeScheme scheme = new TimeScheme.PerElement(granularity, Mixing.NONE);
            ConditioningPlan plan = new ConditioningRecipe(scheme, new TimeDistribution.Uniform(), Supervision.ALL)
                    .plan(LatentShape.of(Shape.of(2, 6, 4, 5), 2), draws);
            Set<Float> different = new HashSet<>();
            for (float time : plan.times().toFloats()) {
                different.add(time);
            }
            assertThat(scheme.embedding()).isEqualTo(TimeEmbedding.PER_ELEMENT);
            assertThat(different)
                    .as(granularity.toString())
                    .hasSize(2
                            * switch (granularity) {
                                case SAMPLE -> 1;
                                case CHANNEL -> 6;
                                case PIXEL -> 20;
                                case ELEMENT -> 120;
                                case MODALITY -> 2;
                            });
        }
    }

    @Test
    void droppedTargetsAreNeverRgbAndBlankOnlyWhenAsked() {
        Supervision supervision = new Supervision(0.25, TargetDropping.AT_LEAST_ONE_PER_SAMPLE, true, true);
        ConditioningPlan plan =
                ConditioningRecipe.decoupled().withSupervision(supervision).plan(BATCH, draws);
        assertThat(plan.supervised().count(0)).isEqualTo(8);
        assertThat(plan.supervised().isFull()).isFalse();
        assertThat(plan.visible()).isEqualTo(plan.supervised());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Supervision(1.5, TargetDropping.NONE, true, false))
                .withMessageContaining("1.5");
    }

    @Test
    void stepsHaveDrawsOfTheirOwn() {
        try (SeededDraws first = SeededDraws.ofStep(1, 10);
                SeededDraws again = SeededDraws.ofStep(1, 10);
                SeededDraws next = SeededDraws.ofStep(1, 11)) {
            float[] drawn = first.normal(20).toFloats();
            assertThat(again.normal(20).toFloats()).isEqualTo(drawn);
            assertThat(next.normal(20).toFloats()).isNotEqualTo(drawn);
        }
    }
}
