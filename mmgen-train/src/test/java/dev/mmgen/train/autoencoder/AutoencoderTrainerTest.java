package dev.mmgen.train.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.train.NonFiniteException;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.TrainingState;
import dev.mmgen.train.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class AutoencoderTrainerTest {

    @TempDir
    Path folder;

    private IndexedImages images;

    @BeforeEach
    void writeImages() {
        images = IndexedImages.open(TinyImages.write(folder), TinyImages.SIDE);
    }

    private interface Use {
        void of(TrainingRun<AutoencoderStep> run, AutoencoderTrainer trainer);
    }

    private void train(AutoencoderPlan plan, String name, Use use) {
        try (AutoencoderKl model = plan.newModel();
                AutoencoderTrainer trainer = new AutoencoderTrainer(plan, model, images);
                TrainingRun<AutoencoderStep> run = TrainingRun.open(folder.resolve(name), trainer)) {
            use.of(run, trainer);
        }
    }

    @Test
    void gradientsReachEveryParameter() {
        try (AutoencoderKl model = TinyImages.PLAN.newModel();
                TensorScope _ = TensorScope.open()) {
            model.train(true);
            model.requiresGrad(true);
            ImageBatch batch = images.batch(images.read(new int[] {0, 1}));
            Posterior posterior = model.encode(batch.images());
            Tensor noise = Torch.ones(posterior.mean().shape().toArray());
            Tensor decoded = model.decode(posterior.sample(noise));
            TinyImages.PLAN.loss().compute(batch, decoded, posterior).total().backward();
            model.parameters().forEach((key, parameter) -> {
                Tensor gradient = parameter.value().grad();
                assertThat(gradient).as(key).isNotNull();
                assertThat(gradient.norm().item()).as(key).isFinite().isPositive();
            });
            model.parameters().values().forEach(parameter -> parameter.value().clearGrad());
        }
    }

    @Test
    void fewPicturesAreMemorised() {
        AutoencoderPlan plan = TinyImages.PLAN.withSteps(150);
        train(plan, "run", (run, trainer) -> {
            List<AutoencoderStep> steps = new ArrayList<>();
            run.onStep(steps::add).train();
            assertThat(steps.getLast().loss().total())
                    .isLessThan(0.25 * steps.getFirst().loss().total());
            assertThat(steps.getLast().loss().psnr()).isGreaterThan(20);
            try (AutoencoderKl ema = trainer.emaModel()) {
                ReconstructionReport report = ReconstructionReport.measure(ema, images);
                assertThat(report.psnr()).containsOnlyKeys(TinyImages.MODALITIES);
                assertThat(report.psnr().values())
                        .allSatisfy(psnr -> assertThat(psnr).isGreaterThan(20));
                assertThat(report.images()).isEqualTo(5);
            }
        });
    }

    @Test
    void stepsLeaveNothingOpen() {
        train(TinyImages.PLAN, "run", (run, trainer) -> {
            trainer.step();
            long live = Torch.liveTensors();
            trainer.step();
            assertThat(Torch.liveTensors()).isEqualTo(live);
        });
    }

    @Test
    void interruptedRunResumesBitForBit() {
        int threads = Torch.threads();
        Torch.setThreads(1);
        try {
            train(TinyImages.PLAN, "whole", (run, _) -> run.train());
            train(TinyImages.PLAN, "cut", (run, _) -> {
                run.onStep(step -> {
                    if (step.step() == 5) {
                        throw new IllegalStateException("cut");
                    }
                });
                assertThatExceptionOfType(IllegalStateException.class).isThrownBy(run::train);
            });
            train(TinyImages.PLAN, "cut", (run, _) -> {
                assertThat(run.resumedAt()).isEqualTo(5);
                run.train();
            });
            assertThat(folder.resolve("cut/checkpoints/0000006.pt"))
                    .hasSameBinaryContentAs(folder.resolve("whole/checkpoints/0000006.pt"));
        } finally {
            Torch.setThreads(threads);
        }
    }

    /** The entries that checkpoints of autoencoders had before they became those of all trainings. */
    private static void rewrite(Path checkpoint, List<String> parameters) {
        try (TrainingState state = TrainingState.read(checkpoint, parameters)) {
            Map<String, Object> root = new LinkedHashMap<>();
            root.put("model", state.get(TrainingState.Part.WEIGHTS));
            root.put("ema", state.get(TrainingState.Part.EMA));
            root.put("opt", state.get(TrainingState.Part.MOMENTS));
            root.put("steps", state.progress().steps());
            root.put("plan", state.plan());
            root.put("epoch", state.progress().position().epoch());
            root.put("batch", state.progress().position().batch());
            root.put("samples", state.progress().epoch().samples());
            root.put("batch_size", (long) state.progress().epoch().batchSize());
            PickleCheckpoint.write(checkpoint, root);
        }
    }

    @Test
    void aCheckpointOfBeforeGoesOnBitForBit() {
        int threads = Torch.threads();
        Torch.setThreads(1);
        try {
            train(TinyImages.PLAN, "whole", (run, _) -> run.train());
            train(TinyImages.PLAN, "old", (run, trainer) -> {
                run.onStep(step -> {
                            if (step.step() == 5) {
                                run.stop();
                            }
                        })
                        .train();
                List<String> parameters =
                        List.copyOf(trainer.model().parameters().keySet());
                rewrite(run.folder().latest().orElseThrow(), parameters);
            });
            train(TinyImages.PLAN, "old", (run, _) -> {
                assertThat(run.resumedAt()).isEqualTo(5);
                run.train();
            });
            assertThat(folder.resolve("old/checkpoints/0000006.pt"))
                    .hasSameBinaryContentAs(folder.resolve("whole/checkpoints/0000006.pt"));
        } finally {
            Torch.setThreads(threads);
        }
    }

    @Test
    void anotherArchitectureIsNotResumed() {
        train(TinyImages.PLAN, "run", (run, _) -> run.train());
        AutoencoderPlan wider = AutoencoderPlan.parse(TinyImages.PLAN.toJson().replaceFirst("8, 16", "8, 8"));
        assertThat(wider.model()).isNotEqualTo(TinyImages.PLAN.model());
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> train(wider, "run", (_, _) -> {}))
                .withMessageContaining("0000006.pt")
                .withMessageContaining("of another architecture: in its weights 'encoder.")
                .withMessageContaining(", not [");
    }

    @Test
    void nanLossEndsTheRun() {
        train(TinyImages.PLAN, "run", (run, trainer) -> {
            try (GradMode _ = Torch.noGrad();
                    Tensor nan = Torch.scalar(Double.NaN)) {
                trainer.model()
                        .parameters()
                        .get("decoder.conv_out.bias")
                        .value()
                        .copy_(nan);
            }
            assertThatExceptionOfType(NonFiniteException.class)
                    .isThrownBy(run::train)
                    .withMessageContaining("step 1: the loss is not finite")
                    .withMessageContaining("failed-0000001.pt");
        });
    }

    @Test
    void missingPictureIsNamed() throws IOException {
        Path missing = folder.resolve("depth/3.png");
        Files.delete(missing);
        train(
                TinyImages.PLAN,
                "run",
                (run, _) -> assertThatExceptionOfType(DataException.class)
                        .isThrownBy(run::train)
                        .withMessageContaining("sample 'n0/3.png'")
                        .withMessageContaining(missing.toString()));
    }

    @Test
    void picturesOfAnotherSizeAreNamed() {
        IndexedImages larger = IndexedImages.open(folder.resolve("index.jsonl"), 32);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> larger.read(new int[] {0}))
                .withMessageContaining(folder.resolve("rgb/0.png").toString())
                .withMessageContaining("16 × 16 pixels, but the plan's sampleSize is 32");
    }

    @Test
    void weightsMustBeOfTheImagesModalities() {
        AutoencoderPlan plan = AutoencoderPlan.parse(
                TinyImages.PLAN.toJson().replaceFirst("\"modalityWeights\" : \\[ *\\]", "\"modalityWeights\" : [1]"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> train(plan, "run", (_, _) -> {}))
                .withMessageContaining("'modalityWeights' lists 1 weights, but the images are of [rgb, depth]");
    }
}
