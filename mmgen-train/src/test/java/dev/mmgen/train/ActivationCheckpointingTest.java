package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.BlockwisePass;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.VelocityLoss;
import dev.mmgen.train.random.SeededDraws;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(TensorLeakCheck.class)
class ActivationCheckpointingTest {

    /** All values are drawn: a fresh model's zeros would hide most gradients. */
    private static DiffusionTransformer trained() {
        DiffusionTransformer model = TinyTraining.PLAN.newModel();
        try (Generator generator = Generator.seeded(2)) {
            model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.2, generator));
        }
        model.train(true);
        model.requiresGrad(true);
        return model;
    }

    private interface Backward {
        void of(Tensor loss);
    }

    private static Map<String, float[]> gradients(
            DiffusionTransformer model, VelocityModel answering, @Nullable DType lower, Backward backward) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(7);
                SeededDraws draws = SeededDraws.ofStep(0, 0)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 4, 16, 4, 4);
            Tensor features = Torch.randn(generator, DType.FLOAT32, 4, 4, 16);
            TrainingBatch batch = new TrainingBatch(latents, Torch.tensor(new long[] {1, 2, 3, 4}), features);
            ModelPass context = ModelPass.of(model, 0, draws).through(answering, lower);
            backward.of(VelocityLoss.released().compute(context, batch).total());
            model.parameters().forEach((key, parameter) -> {
                Tensor gradient = parameter.value().grad();
                if (gradient != null) {
                    gradients.put(key, gradient.toFloats());
                    parameter.value().clearGrad();
                }
            });
        }
        return gradients;
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void gradientsAreThoseOfAnOrdinaryPassToTheLastBit(Precision precision) {
        try (DiffusionTransformer model = trained();
                BlockwisePass pass = BlockwisePass.recomputing(model, precision.lower())) {
            Map<String, float[]> ordinary = gradients(model, model, precision.lower(), Tensor::backward);
            Map<String, float[]> recomputed = gradients(model, pass, precision.lower(), pass::backward);
            assertThat(ordinary).hasSize((int) model.parameters().values().stream()
                    .filter(p -> !p.isFrozen())
                    .count());
            assertThat(recomputed.keySet()).isEqualTo(ordinary.keySet());
            ordinary.forEach(
                    (key, gradient) -> assertThat(recomputed.get(key)).as(key).isEqualTo(gradient));
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aPassThatKeepsActivationsTellsWhichGradientsAreThere(Precision precision) {
        try (DiffusionTransformer model = trained();
                BlockwisePass pass = BlockwisePass.keeping(model)) {
            Map<String, float[]> ordinary = gradients(model, model, precision.lower(), Tensor::backward);
            Map<Parameter, String> keys = new IdentityHashMap<>();
            model.parameters().forEach((key, parameter) -> keys.put(parameter, key));
            Map<String, float[]> told = new LinkedHashMap<>();
            gradients(
                    model,
                    pass,
                    precision.lower(),
                    loss -> pass.backward(loss, complete -> {
                        for (Parameter parameter : complete) {
                            Tensor gradient = parameter.value().grad();
                            float[] numbers = gradient == null ? new float[0] : gradient.toFloats();
                            assertThat(told.put(keys.remove(parameter), numbers))
                                    .isNull();
                        }
                    }));
            assertThat(keys).as("parameters of which nothing was told").isEmpty();
            ordinary.forEach(
                    (key, gradient) -> assertThat(told.get(key)).as(key).isEqualTo(gradient));
        }
    }

    private static Map<String, float[]> trainedFor(TrainingPlan plan) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        try (DiffusionTransformer model = trained();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches)) {
            trainer.step();
            long live = Torch.liveTensors();
            for (int i = 1; i < plan.steps(); i++) {
                trainer.step();
                assertThat(Torch.liveTensors()).isEqualTo(live);
            }
            try (StateDict state = model.state()) {
                state.asMap().forEach((key, value) -> weights.put(key, value.toFloats()));
            }
        }
        return weights;
    }

    private static void assertSameTraining(TrainingPlan plan) {
        Map<String, float[]> ordinary = trainedFor(plan);
        Map<String, float[]> recomputed = trainedFor(plan.withActivationCheckpointing(true));
        ordinary.forEach((key, value) -> assertThat(recomputed.get(key)).as(key).isEqualTo(value));
    }

    @Test
    void trainingIsTheSame() {
        assertSameTraining(TinyTraining.PLAN.withBatches(4, 2));
        assertSameTraining(TinyTraining.PLAN.withPrecision(Precision.BFLOAT16));
        assertSameTraining(
                TinyTraining.PLAN.withLora(LoraConfig.DEFAULT.withRank(4).withAlpha(4)));
    }

    @Test
    void aPassRunsOnceAndInOrder() {
        try (DiffusionTransformer model = trained();
                BlockwisePass pass = BlockwisePass.recomputing(model, null);
                Tensor loss = Torch.scalar(1)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> pass.backward(loss))
                    .withMessageContaining("after it went forward");
            gradients(model, pass, null, _ -> {});
            assertThatIllegalStateException()
                    .isThrownBy(() -> gradients(model, pass, null, _ -> {}))
                    .withMessageContaining("runs once");
        }
    }

    @Test
    void plansOfBeforeAreRead() {
        assertThat(TrainingPlan.parse("{\"steps\": 3}").activationCheckpointing())
                .isFalse();
        assertThat(TrainingPlan.parse("{\"activationCheckpointing\": true}").activationCheckpointing())
                .isTrue();
    }
}
