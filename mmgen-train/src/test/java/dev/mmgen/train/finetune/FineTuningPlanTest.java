package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.loss.TimeScheme;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The plans of fine-tunings, and the models that they begin with, from a model folder of two modalities. */
@ExtendWith(TensorLeakCheck.class)
class FineTuningPlanTest {

    private static final String PATCHES = "x_embedder.proj.weight";

    @TempDir
    private Path folder;

    private FineTuningPlan tuning;
    private float[] patches;

    @BeforeEach
    void writeModel() {
        TransformerConfig shape = TransformerConfig.small(4, 2, 10);
        ModelConfig config = ModelConfig.standard(shape, Interpolant.named("linear"))
                .withModalities(List.of("rgb", "depth"))
                .with(new LatentNormalization.Statistics(
                        List.of(List.of(1.0, 1.0, 1.0, 1.0), List.of(2.0, 2.0, 2.0, 2.0)),
                        List.of(List.of(3.0, 3.0, 3.0, 3.0), List.of(4.0, 4.0, 4.0, 4.0))));
        try (DiffusionTransformer model = new DiffusionTransformer(shape);
                Generator generator = Generator.seeded(1)) {
            model.initialize(generator);
            patches = model.parameters().get(PATCHES).value().toFloats();
            try (StateDict weights = model.state()) {
                ModelFolder.write(folder, config, weights);
            }
        }
        tuning = FineTuningPlan.of(PretrainedModel.open(folder));
    }

    @Test
    void theModelsOwnModalitiesAreReadFromPhotos() {
        TrainingPlan plan = tuning.plan();
        assertThat(plan.modalities()).containsExactly("rgb", "depth");
        assertThat(plan.velocityLoss().conditioning().scheme()).isInstanceOf(TimeScheme.FixedCondition.class);
        assertThat(plan.velocityLoss().modalityWeights()).hasSize(2);
        assertThat(plan.loss().needsFeatures()).isFalse();
        assertThat(plan.steps()).isEqualTo(20_000);
        try (DiffusionTransformer model = tuning.load(plan)) {
            assertThat(model.parameters().get(PATCHES).value().toFloats()).isEqualTo(patches);
        }
    }

    @Test
    void anAddedModalityHasASlotAndAWeightOfItsOwn() {
        FineTuningPlan added = tuning.add("canny");
        TrainingPlan plan = added.plan();
        assertThat(plan.modalities()).containsExactly("rgb", "depth", "canny");
        assertThat(plan.model().modalities()).isEqualTo(3);
        assertThat(plan.velocityLoss().modalityWeights()).hasSize(3);
        assertThat(plan.steps()).isEqualTo(5_000);
        try (DiffusionTransformer model = added.load(plan)) {
            assertThat(model.config()).isEqualTo(plan.model());
        }
    }

    @Test
    void emaForgetsTheFirstWeightsWithinTheSteps() {
        FineTuningPlan added = tuning.add("canny");
        for (int steps : List.of(50, 600, 5_000)) {
            double decay =
                    added.plan(plan -> plan.withSteps(steps)).optimization().emaDecay();
            assertThat(Math.pow(decay, steps)).isCloseTo(0.05, within(1e-9));
        }
        assertThat(added.plan(plan -> plan.withSteps(1_000_000)).optimization().emaDecay())
                .isEqualTo(0.9999);
        assertThat(added.plan(plan -> plan.withSteps(600)
                                .withOptimization(plan.optimization().withEmaDecay(0.5)))
                        .optimization()
                        .emaDecay())
                .isEqualTo(0.5);
    }

    @Test
    void aReplacedModalityKeepsTheShape() {
        TrainingPlan plan = tuning.replace("depth", "canny").plan();
        assertThat(plan.modalities()).containsExactly("rgb", "canny");
        assertThat(plan.model()).isEqualTo(TransformerConfig.small(4, 2, 10));
        assertThatThrownBy(() -> tuning.replace("heat", "canny").plan()).hasMessageContaining("heat");
        assertThatThrownBy(() -> tuning.add("depth").plan()).hasMessageContaining("depth");
    }

    @Test
    void anAdapterTrainsTheMapOfANewModalityInFull() {
        LoraConfig adapter = tuning.replace("depth", "canny")
                .withLora(LoraConfig.DEFAULT.withRank(4))
                .plan()
                .lora();
        assertThat(adapter.rank()).isEqualTo(4);
        assertThat(adapter.trainedModules()).containsExactly(NewModality.finalLayer(1) + ".linear");
        assertThat(tuning.withLora(LoraConfig.DEFAULT).plan().lora().trainedModules())
                .isEmpty();
    }

    @Test
    void featuresBringProjectorsThatTheSeedInitialises() {
        FineTuningPlan aligned = tuning.withFeatures(true);
        TrainingPlan plan = aligned.plan(given -> given.withSeed(7));
        assertThat(plan.loss().needsFeatures()).isTrue();
        assertThat(plan.model().projections()).containsExactly(768);
        try (DiffusionTransformer model = aligned.load(plan);
                DiffusionTransformer again = aligned.load(plan)) {
            String projector = "projectors.0.0.weight";
            assertThat(model.parameters().get(projector).value().toFloats())
                    .isEqualTo(again.parameters().get(projector).value().toFloats());
            assertThat(model.parameters().get(PATCHES).value().toFloats()).isEqualTo(patches);
        }
    }

    @Test
    void settingsThatChangeTheShapeAreRefused() {
        assertThatThrownBy(() -> tuning.plan(
                        plan -> plan.withModel(plan.model().toBuilder().depth(3).build())))
                .hasMessageContainingAll(folder.toString(), "depth");
    }

    @Test
    void newModalitiesAreNormalisedByTheirOwnStatistics() {
        LatentNormalization.Statistics measured = new LatentNormalization.Statistics(
                List.of(List.of(5.0, 5.0, 5.0, 5.0)), List.of(List.of(6.0, 6.0, 6.0, 6.0)));
        LatentNormalization normal = tuning.model().normalization(List.of("rgb", "canny"), modality -> {
            assertThat(modality).isEqualTo("canny");
            return measured;
        });
        assertThat(normal)
                .isEqualTo(new LatentNormalization.Statistics(
                        List.of(List.of(1.0, 1.0, 1.0, 1.0), List.of(5.0, 5.0, 5.0, 5.0)),
                        List.of(List.of(3.0, 3.0, 3.0, 3.0), List.of(6.0, 6.0, 6.0, 6.0))));
    }
}
