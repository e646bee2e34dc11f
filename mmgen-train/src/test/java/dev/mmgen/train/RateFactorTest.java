package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class RateFactorTest {

    private static final double RATE = 0.01;
    private static final long STEPS = 3;

    /** Makes three steps and returns weights of {@code [2, 4]} and, behind them, the two biases. */
    private static float[] trained(double rate, RateFactor... factors) {
        Optimization optimization = Optimization.RELEASED.toBuilder()
                .learningRate(rate)
                .weightDecay(0.1)
                .rateFactors(List.of(factors))
                .build();
        try (TensorScope _ = TensorScope.open();
                Linear module = new Linear(4, 2);
                Generator generator = Generator.seeded(1)) {
            module.initialize(generator);
            module.requiresGrad(true);
            try (WeightUpdate update = new WeightUpdate(module, optimization, STEPS, Precision.FLOAT32)) {
                for (long step = 0; step < STEPS; step++) {
                    // Gradients that do not depend on the weights: each weight then moves by itself alone.
                    Tensor input = Torch.tensor(new float[] {1 + step, -2, 3, 0.5f * step}, 1, 4);
                    module.forward(input).sum().backward();
                    update.apply(step, new Nothing(), Ranks.of(null));
                }
                float[] values = new float[10];
                System.arraycopy(module.weight().value().toFloats(), 0, values, 0, 8);
                System.arraycopy(module.bias().value().toFloats(), 0, values, 8, 2);
                return values;
            }
        }
    }

    private record Nothing() {}

    @Test
    void aPartOfAParameterLearnsFasterThanTheRestOfIt() {
        float[] slow = trained(RATE);
        float[] fast = trained(10 * RATE);
        float[] mixed = trained(RATE, RateFactor.of("weight").from(1, 3).withFactor(10));
        for (int i = 0; i < 10; i++) {
            boolean part = i < 8 && i % 4 == 3;
            assertThat(mixed[i]).as("number " + i).isCloseTo(part ? fast[i] : slow[i], within(1e-6f));
        }
        assertThat(fast[3]).isNotCloseTo(slow[3], within(1e-3f));
    }

    @Test
    void theRestOfAParameterStaysAsItWasWhereItIsFrozen() {
        float[] still = trained(0);
        float[] fast = trained(10 * RATE);
        float[] mixed =
                trained(RATE, RateFactor.of("weight").from(1, 3).withFactor(10).withRestFrozen(true));
        for (int i = 0; i < 8; i++) {
            assertThat(mixed[i]).as("number " + i).isEqualTo(i % 4 == 3 ? fast[i] : still[i]);
        }
        assertThat(mixed[9]).as("a bias, which is another parameter").isNotEqualTo(still[9]);
        float[] frozen = trained(RATE, RateFactor.of("bias").from(0, 2).withRestFrozen(true));
        assertThat(frozen[8]).isEqualTo(still[8]);
        assertThat(frozen[9]).isEqualTo(still[9]);
        assertThat(frozen[0]).isEqualTo(trained(RATE)[0]);
    }

    @Test
    void aWholeParameterLearnsSlower() {
        float[] mixed = trained(RATE, RateFactor.of("bias").withFactor(0.1));
        assertThat(mixed[9]).isCloseTo(trained(RATE / 10)[9], within(1e-7f));
        assertThat(mixed[0]).isEqualTo(trained(RATE)[0]);
    }

    @Test
    void partsThatAreNotTrainedAreRefused() {
        assertThatThrownBy(() -> trained(RATE, RateFactor.of("lis_final_layer.4")))
                .hasMessageContaining("names 'lis_final_layer.4', but no such weights are trained");
        assertThatThrownBy(() -> trained(RATE, RateFactor.of("weight").from(1, 4)))
                .hasMessageContaining("places from 4 on in dimension 1 of 'weight'");
        assertThatThrownBy(() -> RateFactor.of("weight").withFactor(0)).hasMessageContaining("factor 0");
        assertThatThrownBy(() -> trained(RATE, RateFactor.of("weight").withFactor(1e9)))
                .hasMessageContaining("rateFactors of weight times learningRate");
    }

    @Test
    void aPlanKeepsThemAndAnOlderPlanHasNone() {
        RateFactor part = RateFactor.of("x_embedder.proj.weight")
                .from(1, 16)
                .withFactor(30)
                .withRestFrozen(true);
        TrainingPlan plan = TinyTraining.PLAN.withOptimization(TinyTraining.PLAN.optimization().toBuilder()
                .rateFactors(List.of(part))
                .build());
        assertThat(TrainingPlan.parse("the plan", plan.toJson()).optimization().rateFactors())
                .containsExactly(part);
        String unfrozen = plan.toJson().replaceAll(",\\s*\"restFrozen\" : true", "");
        assertThat(TrainingPlan.parse("a plan of before", unfrozen)
                        .optimization()
                        .rateFactors())
                .containsExactly(part.withRestFrozen(false));
        String older = "{\"optimization\": {\"learningRate\": 0.001}}";
        assertThat(TrainingPlan.parse("an older plan", older).optimization().rateFactors())
                .isEmpty();
    }
}
