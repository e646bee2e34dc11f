package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.RepresentationAlignment;
import dev.mmgen.train.loss.RepresentationAlignment.Teacher;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class SelfAlignmentTrainingTest {

    private static final TransformerConfig MODEL = TransformerConfig.builder()
            .inputSize(4)
            .width(32)
            .depth(3)
            .heads(2)
            .classes(10)
            .projections(List.of(32))
            .projectorWidth(32)
            .projectionDepth(1)
            .build();
    private static final TrainingPlan PLAN = TinyTraining.PLAN
            .withModel(MODEL)
            .withLoss(VelocityLoss.released()
                    .withAlignment(RepresentationAlignment.REFERENCE.withTeacher(Teacher.Ema.DEFAULT)));

    @TempDir
    Path folder;

    private interface Use {
        void of(Trainer trainer);
    }

    private static void withTrainer(TrainingPlan plan, int workers, Use use) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5);
                DiffusionTransformer model = plan.newModel()) {
            TrainingBatch samples = new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, 10, 16, 4, 4), Torch.randint(generator, 0, 10, 10), null);
            try (BatchSource batches = new LatentsInMemory(samples, plan.microBatch(), plan.seed());
                    Trainer trainer = new Trainer(plan, model, batches, workers)) {
                use.of(trainer);
            }
        }
    }

    private static void train(Trainer trainer, int steps) {
        for (int i = 0; i < steps; i++) {
            Double alignment = trainer.step().loss().alignment();
            assertThat(alignment).isNotNull().isBetween(-1.0, 1.0).isNotZero();
        }
    }

    @Test
    void needsNoFeaturesAndGoesOnExactly() throws Exception {
        Path whole = Files.createDirectory(folder.resolve("whole")).resolve("0000004.pt");
        Path half = folder.resolve("half.pt");
        Path resumed = Files.createDirectory(folder.resolve("resumed")).resolve("0000004.pt");
        withTrainer(PLAN, 1, trainer -> {
            train(trainer, 2);
            trainer.save(half);
            train(trainer, 2);
            trainer.save(whole);
        });
        withTrainer(PLAN, 1, trainer -> {
            trainer.restore(half);
            train(trainer, 2);
            trainer.save(resumed);
        });
        assertThat(resumed).hasSameBinaryContentAs(whole);
    }

    @Test
    void worksWithAnAdapterWorkersAndActivationCheckpointing() throws Exception {
        TrainingPlan plan = PLAN.withBatches(4, 2)
                .withLora(LoraConfig.DEFAULT
                        .withRank(2)
                        .withAlpha(2)
                        .withTrainedModules(List.of("projectors", "lis_final_layer")));
        Path one = Files.createDirectory(folder.resolve("one")).resolve("3.pt");
        Path two = Files.createDirectory(folder.resolve("two")).resolve("3.pt");
        int threads = Torch.threads();
        Torch.setThreads(1);
        try {
            withTrainer(plan, 1, trainer -> {
                train(trainer, 3);
                trainer.save(one);
            });
            withTrainer(plan.withActivationCheckpointing(true), 2, trainer -> {
                train(trainer, 3);
                trainer.save(two);
            });
            withTrainer(plan, 1, trainer -> {
                trainer.restore(two);
                trainer.save(two);
            });
        } finally {
            Torch.setThreads(threads);
        }
        assertThat(two).hasSameBinaryContentAs(one);
    }

    private static TrainingPlan parse(String teacher) {
        return TrainingPlan.parse(
                "{\"model\": {\"projections\": [1152]}, \"loss\": {\"alignment\": {\"teacher\": {" + teacher + "}}}}");
    }

    @Test
    void settingsThatDoNotFitAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PLAN.withModel(TinyTraining.MODEL))
                .withMessageContaining("'projections' is [16]; it must be [32]");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> parse("\"type\": \"ema\", \"depth\": 29"))
                .withMessageContaining("'alignment.teacher.depth' is 29; it must be at most 28");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> parse("\"type\": \"ema\", \"timeFactor\": 2"))
                .withMessageContaining("'timeFactor' is 2.0; it must be from 0 to 1");
        TrainingPlan plan = parse("\"type\": \"ema\"");
        assertThat(plan.velocityLoss().alignment().teacher()).isEqualTo(Teacher.Ema.DEFAULT);
        assertThat(plan.loss().needsFeatures()).isFalse();
        assertThat(plan.loss().needsEma()).isTrue();
    }
}
