package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.lora.Lora;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.RateFactor;
import dev.mmgen.train.TinyTraining;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class NewModalityTest {

    private static final double ROUNDING = 2e-6;

    /** All values are drawn, as a trained model has no zeros. */
    private static DiffusionTransformer trained(TransformerConfig config, Generator generator) {
        DiffusionTransformer model = new DiffusionTransformer(config);
        model.initialize(generator);
        model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.2, generator));
        return model;
    }

    @Test
    void oldModalitiesAreAnsweredAsBefore() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1);
                GradMode _ = Torch.noGrad();
                DiffusionTransformer model = trained(TinyTraining.MODEL, generator);
                DiffusionTransformer grown = NewModality.add(model)) {
            assertThat(grown.config().modalities()).isEqualTo(5);
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 6, 20, 4, 4);
            Tensor times = Torch.rand(generator, DType.FLOAT32, 6, 20, 1, 1);
            Tensor labels = Torch.randint(generator, 0, 10, 6);
            Tensor tasks = Torch.tensor(new long[] {0, 1, 2, 3, 4, 0});

            Tensor old = model.forward(latents.slice(1, 0, 16), times.slice(1, 0, 16), labels, tasks);
            Tensor answer = grown.forward(latents, times, labels, tasks);
            assertThat(old.abs().mean().item()).isGreaterThan(0.1);
            double difference = answer.slice(1, 0, 16).sub(old).abs().amax().item();
            assertThat(difference)
                    .isLessThan(ROUNDING * Math.max(1, old.abs().amax().item()));
            assertThat(answer.slice(1, 16, 20).toFloats())
                    .isEqualTo(answer.slice(1, 12, 16).toFloats());

            Tensor asJoint = model.forward(latents.slice(1, 0, 16), times.slice(1, 0, 16), labels, null);
            Tensor newTask = Torch.full(5, DType.INT64, labels.device(), labels.shape());
            Tensor asNewTask = grown.forward(latents, times, labels, newTask);
            assertThat(asNewTask.slice(1, 0, 16).sub(asJoint).abs().amax().item())
                    .isLessThan(ROUNDING * Math.max(1, asJoint.abs().amax().item()));
        }
    }

    /** Five modalities of 16 numbers per token need 80 of its directions. */
    @Test
    void theNewFinalLayerReadsWhereNoOtherDoes() {
        TransformerConfig wide = TinyTraining.MODEL.toBuilder().width(96).build();
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1);
                GradMode _ = Torch.noGrad();
                DiffusionTransformer model = trained(wide, generator);
                DiffusionTransformer grown = NewModality.add(model);
                DiffusionTransformer again = NewModality.add(model)) {
            Tensor added = finalMap(grown, 4);
            for (int slot = 0; slot < 4; slot++) {
                Tensor shares = added.matmul(finalMap(grown, slot).transpose(0, 1));
                assertThat(shares.abs().amax().item()).as("slot " + slot).isLessThan(1e-4);
            }
            assertThat(added.norm().item())
                    .isCloseTo(
                            finalMap(grown, 3).norm().item(),
                            within(0.02 * finalMap(grown, 3).norm().item()));
            assertThat(added.toFloats()).isEqualTo(finalMap(again, 4).toFloats());

            Tensor latents = Torch.randn(generator, DType.FLOAT32, 3, 20, 4, 4);
            Tensor times = Torch.rand(generator, DType.FLOAT32, 3, 20, 1, 1);
            Tensor labels = Torch.randint(generator, 0, 10, 3);
            Tensor old = model.forward(latents.slice(1, 0, 16), times.slice(1, 0, 16), labels, null);
            Tensor answer = grown.forward(latents, times, labels, null).slice(1, 0, 16);
            assertThat(answer.sub(old).abs().amax().item())
                    .isLessThan(ROUNDING * Math.max(1, old.abs().amax().item()));
        }
    }

    private static Tensor finalMap(DiffusionTransformer model, int slot) {
        return model.parameters()
                .get(NewModality.finalLayer(slot) + ".linear.weight")
                .value();
    }

    @Test
    void theNewWeightsAreThoseThatBeginAtZeroAndTheFinalLayer() {
        try (Generator generator = Generator.seeded(1);
                DiffusionTransformer model = trained(TinyTraining.MODEL, generator);
                DiffusionTransformer grown = NewModality.add(model)) {
            List<RateFactor> parts = NewModality.newWeights(grown.config(), 1, 30);
            assertThat(parts).extracting(RateFactor::factor).containsOnly(30.0);
            for (RateFactor part : parts) {
                if (part.from() > 0) {
                    Tensor value = grown.parameters().get(part.weights()).value();
                    assertThat(part.from())
                            .as(part.weights())
                            .isEqualTo(model.parameters()
                                    .get(part.weights())
                                    .shape()
                                    .size(part.dimension()));
                    assertThat(value.size(part.dimension())).isGreaterThan(part.from());
                }
            }
            assertThat(parts)
                    .extracting(RateFactor::weights)
                    .containsExactlyInAnyOrder(
                            "lis_final_layer.4",
                            "x_embedder.proj.weight",
                            "t_embedder.mlp_fused.0.weight",
                            "taskcond_embedder.embedding_table.weight");
        }
    }

    /** A final layer of zeros and a patch embedding of zeros would wait for each other. */
    @Test
    void theNewSlotIsReadFromTheFirstStepOn() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1);
                DiffusionTransformer model = trained(TinyTraining.MODEL, generator);
                DiffusionTransformer grown = NewModality.add(model)) {
            grown.requiresGrad(true);
            Tensor answer = grown.forward(
                    Torch.randn(generator, DType.FLOAT32, 2, 20, 4, 4),
                    Torch.rand(generator, DType.FLOAT32, 2, 20, 1, 1),
                    Torch.randint(generator, 0, 10, 2),
                    null);
            Tensor own = answer.slice(1, 16, 20);
            own.mul(own).mean().backward();
            Tensor gradient =
                    grown.parameters().get("x_embedder.proj.weight").value().grad();
            assertThat(gradient.slice(1, 16, 20).abs().amax().item()).isPositive();
        }
    }

    @Test
    void theNewSlotLearns() {
        VelocityLoss five = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.decoupled())
                .withModalityWeights(List.of(1.0, 1.0, 1.0, 1.0, 1.0))
                .withAlignmentWeight(0);
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1);
                DiffusionTransformer model = trained(TinyTraining.MODEL, generator);
                DiffusionTransformer grown = NewModality.add(model)) {
            TrainingPlan grownPlan = TinyTraining.PLAN.toBuilder()
                    .model(grown.config())
                    .loss(five)
                    .steps(2)
                    .build();
            TrainingBatch samples = new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, 8, 20, 4, 4), Torch.randint(generator, 0, 10, 8), null);
            try (LatentsInMemory batches = new LatentsInMemory(samples, 4, 0);
                    Trainer trainer = new Trainer(grownPlan, grown, batches)) {
                trainer.step();
                trainer.step();
            }
            for (String key : List.of("x_embedder.proj.weight", "t_embedder.mlp_fused.0.weight")) {
                Tensor value = grown.parameters().get(key).value();
                Tensor added =
                        value.slice(1, model.parameters().get(key).shape().size(1), value.size(1));
                assertThat(added.abs().amax().item()).as(key).isPositive();
            }
            Tensor last = grown.parameters()
                    .get("lis_final_layer.4.adaLN_modulation.1.weight")
                    .value();
            assertThat(last.abs().amax().item()).isPositive();
        }
    }

    @Test
    void modelsWithoutSlotsAreRefused() {
        TransformerConfig plain = TransformerConfig.builder()
                .inputSize(4)
                .modalities(1)
                .width(32)
                .depth(1)
                .heads(2)
                .classes(10)
                .jointHeads(false)
                .timeEmbedding(TimeEmbedding.SHARED)
                .taskEmbedding(false)
                .projections(List.of())
                .projectorWidth(32)
                .projectionDepth(1)
                .build();
        TransformerConfig perElement = TransformerConfig.builder()
                .inputSize(4)
                .modalities(2)
                .width(32)
                .depth(1)
                .heads(2)
                .classes(10)
                .timeEmbedding(TimeEmbedding.PER_ELEMENT)
                .taskEmbedding(false)
                .projections(List.of())
                .projectorWidth(32)
                .projectionDepth(1)
                .build();
        try (DiffusionTransformer one = new DiffusionTransformer(plain);
                DiffusionTransformer other = new DiffusionTransformer(perElement)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NewModality.add(one))
                    .withMessageContaining("jointHeads");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NewModality.add(other))
                    .withMessageContaining("per latent");
        }
    }

    @Test
    void anAdapterOfRank8TrainsLessThanThreePercentOfTheWeights() {
        // SiT-S/2: 12 blocks of 8 rows and columns at 10 widths; 4 channels of 2 x 2; half a width of times; a task; a
        // map of 16.
        long expected = 12 * 8 * 10 * 384 + 384 * 16 + 384 * 192 + 384 + 16 * 384 + 16;
        TrainedWeights small = adapted(384, 12, 6, 1000);
        assertThat(small.trained()).isEqualTo(expected);
        assertThat(small.percent()).isBetween(1.3, 1.4);
        assertThat(adapted(192, 8, 4, 10).percent())
                .as("of the model of the world of shapes")
                .isBetween(2.4, 2.5);
    }

    private static TrainedWeights adapted(int width, int depth, int heads, int classes) {
        TransformerConfig shape = TransformerConfig.builder()
                .inputSize(16)
                .width(width)
                .depth(depth)
                .heads(heads)
                .classes(classes)
                .modalities(5)
                .build()
                .withoutProjectors();
        List<String> whole = new ArrayList<>(NewModality.sharedModules(shape));
        whole.add(NewModality.finalLayer(4) + ".linear");
        try (DiffusionTransformer model = new DiffusionTransformer(shape);
                Generator generator = Generator.seeded(1)) {
            model.initialize(generator);
            Lora.attach(model, LoraConfig.ofMlp(8).withTrainedModules(whole), generator);
            return TrainedWeights.of(model, NewModality.newWeightsAlone(shape, 1, 1));
        }
    }
}
