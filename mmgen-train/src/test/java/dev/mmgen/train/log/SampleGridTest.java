package dev.mmgen.train.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.TinyTraining;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.BatchSource;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class SampleGridTest {

    private static final ModelConfig CONFIG = ModelConfig.standard(TinyTraining.MODEL, Interpolant.linear());

    @TempDir
    private Path folder;

    private static AutoencoderKl autoencoder() {
        AutoencoderKl autoencoder = new AutoencoderKl(AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 8)
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1)
                .sampleSize(8)
                .build());
        try (Generator generator = Generator.seeded(1)) {
            autoencoder.initialize(generator);
        }
        return autoencoder;
    }

    @Test
    void picturesComeAtIntervalsAndChangeNothing() {
        TrainingPlan plan = TinyTraining.PLAN.withOptimization(
                TinyTraining.PLAN.optimization().withLearningRate(0.1));
        try (AutoencoderKl autoencoder = autoencoder();
                DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches);
                DiffusionTransformer other = plan.newModel();
                BatchSource sameBatches = TinyTraining.batches(plan);
                Trainer without = new Trainer(plan, other, sameBatches)) {
            SampleGrid grid = new SampleGrid(trainer, CONFIG, autoencoder, folder)
                    .every(2)
                    .classes(3);
            for (int i = 0; i < 4; i++) {
                grid.accept(trainer.step());
                without.step();
            }
            assertThat(folder.toFile().list()).containsExactlyInAnyOrder("samples-0000002.png", "samples-0000004.png");
            // Three classes and four modalities of 8 pixels, two pixels apart.
            assertThat(RgbImage.read(folder.resolve("samples-0000004.png"))).hasToString("RgbImage[42x32]");
            assertThat(grid.draw()).isEqualTo(grid.draw());
            model.parameters()
                    .forEach((key, parameter) -> assertThat(parameter.value().toFloats())
                            .containsExactly(other.parameters().get(key).value().toFloats()));
        }
    }

    @Test
    void settingsMustFit() {
        try (AutoencoderKl autoencoder = autoencoder();
                DiffusionTransformer model = TinyTraining.PLAN.newModel();
                BatchSource batches = TinyTraining.batches(TinyTraining.PLAN);
                Trainer trainer = new Trainer(TinyTraining.PLAN, model, batches)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new SampleGrid(trainer, CONFIG, autoencoder, folder).every(0))
                    .withMessageContaining("every 0 steps");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new SampleGrid(
                            trainer, CONFIG.with(TinyTraining.MODEL.withoutProjectors()), autoencoder, folder))
                    .withMessageContaining("projections");
        }
    }
}
