package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostHocEmaTest {

    private static final String KEY = "blocks.0.mlp.fc1.weight";
    private static final int STEPS = 20;

    @TempDir
    Path folder;

    private static TrainingPlan plan(boolean warmUp) {
        Optimization optimization = TinyTraining.PLAN.optimization().toBuilder()
                .emaDecay(0.8)
                .emaWarmUp(warmUp)
                .build();
        return TinyTraining.PLAN
                .withSteps(STEPS)
                .withOptimization(optimization)
                .withCheckpointing(Checkpointing.every(1));
    }

    /** Trains, tells the trainer after every step, and returns the checkpoints. */
    private List<Path> train(TrainingPlan plan, Consumer<Trainer> afterStep) {
        List<Path> files = new ArrayList<>();
        TinyTraining.withTrainer(plan, trainer -> {
            while (trainer.stepsMade() < plan.steps()) {
                trainer.step();
                afterStep.accept(trainer);
                if (trainer.stepsMade() % plan.checkpointing().every() == 0) {
                    Path file = folder.resolve(String.format(Locale.ROOT, "%07d.pt", trainer.stepsMade()));
                    trainer.save(file);
                    files.add(file);
                }
            }
        });
        return files;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withACheckpointOfEveryStepItIsTheMeanOfTheWeightsInItsShares(boolean warmUp) {
        List<float[]> weights = new ArrayList<>();
        List<float[]> emas = new ArrayList<>();
        List<Path> files = train(plan(warmUp), trainer -> {
            weights.add(trainer.model().parameters().get(KEY).value().toFloats());
            try (StateDict ema = trainer.update().ema().state()) {
                emas.add(ema.get(KEY).toFloats());
            }
        });
        // Before the first checkpoint there is no other: its stretch counts as its EMA.
        weights.set(0, emas.getFirst());
        PostHocEma ema = PostHocEma.of(files);
        List<Double> shares = ema.shares(0.1);
        float[] expected = new float[weights.getFirst().length];
        for (int step = 0; step < STEPS; step++) {
            for (int i = 0; i < expected.length; i++) {
                expected[i] += (float) (shares.get(step) * weights.get(step)[i]);
            }
        }
        try (StateDict made = ema.weights(0.1)) {
            assertThat(made.get(KEY).toFloats()).containsExactly(expected, within(1e-5f));
            assertThat(made.get(KEY).toFloats()).isNotEqualTo(emas.getLast());
        }
    }

    @Test
    void sharesHaveTheWidthAndGrowWithTheTraining() {
        PostHocEma ema = PostHocEma.of(train(plan(false), _ -> {}));
        for (double width : new double[] {0.05, 0.1, 0.25}) {
            List<Double> shares = ema.shares(width);
            double sum = 0;
            double mean = 0;
            double square = 0;
            for (int i = 0; i < STEPS; i++) {
                double time = (i + 0.5) / STEPS;
                sum += shares.get(i);
                mean += shares.get(i) * time;
                square += shares.get(i) * time * time;
            }
            assertThat(sum).isEqualTo(1, within(1e-12));
            assertThat(Math.sqrt(square - mean * mean)).isEqualTo(width, within(0.004));
            assertThat(shares).isSorted();
        }
    }

    @Test
    void fewerCheckpointsComeClose() {
        TrainingPlan plan = plan(false);
        List<Path> every = train(plan, _ -> {});
        List<Path> some = new ArrayList<>();
        for (int i = 3; i < STEPS; i += 4) {
            some.add(every.get(i));
        }
        try (StateDict exact = PostHocEma.of(every).weights(0.1);
                StateDict close = PostHocEma.of(some).weights(0.1);
                PickleCheckpoint last = PickleCheckpoint.open(every.getLast());
                StateDict ema = last.stateDict("ema")) {
            float[] wanted = exact.get(KEY).toFloats();
            assertThat(distance(close.get(KEY).toFloats(), wanted))
                    .isLessThan(distance(ema.get(KEY).toFloats(), wanted) / 2);
        }
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.pow(a[i] - b[i], 2);
        }
        return Math.sqrt(sum);
    }

    @Test
    void whatIsWrittenIsAModelOfTheLastCheckpointsSettings() {
        List<Path> files = train(plan(false), _ -> {});
        Path file = folder.resolve("ema.pt");
        PostHocEma ema = PostHocEma.of(files);
        ema.write(file, 0.1);
        try (OfficialCheckpoint written = OfficialCheckpoint.open(file);
                OfficialCheckpoint last = OfficialCheckpoint.open(files.getLast());
                StateDict weights = ema.weights(0.1);
                DiffusionTransformer transformer = written.transformer()) {
            assertThat(written.config()).isEqualTo(last.config());
            assertThat(transformer.parameters().get(KEY).value().toFloats())
                    .isEqualTo(weights.get(KEY).toFloats());
        }
    }

    @Test
    void whatIsNoTrainingIsRefused() {
        List<Path> files = train(plan(false), _ -> {});
        assertRefused(files.subList(0, 1), "at least two checkpoints, but there is one alone");
        assertRefused(files.reversed(), "name the checkpoints of one training in their order");
        Path other = folder.resolve("other.pt");
        PickleCheckpoint.write(other, Map.of("steps", 40));
        assertRefused(List.of(files.getFirst(), other), "it is no checkpoint of a training");
        try (StateDict none = StateDict.of(Map.of())) {
            PickleCheckpoint.write(other, Map.of("steps", STEPS + 100, "ema", none));
        }
        PostHocEma strange = PostHocEma.of(List.of(files.getFirst(), files.getLast(), other));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> strange.weights(0.25))
                .withMessageContaining("holds other weights");
        for (double width : new double[] {0, -1, 0.3, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PostHocEma.of(files).shares(width))
                    .withMessageContaining("above 0 and at most 0.288");
        }
    }

    @Test
    void checkpointsOfAnotherTrainingAreRefused() {
        List<Path> files = train(plan(false), _ -> {});
        Path other = folder.resolve("other.pt");
        TinyTraining.withTrainer(plan(false).withSeed(77), trainer -> {
            trainer.step();
            trainer.save(other);
        });
        assertRefused(List.of(other, files.getLast()), "are of different trainings: setting 'seed' is ");
    }

    @Test
    void aWidthThatTheCheckpointsDoNotTellIsRefused() {
        List<Path> files = train(plan(false), _ -> {});
        PostHocEma some = PostHocEma.of(List.of(files.getFirst(), files.get(9), files.getLast()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> some.shares(0.05))
                .withMessageContaining("narrower than the last two checkpoints can tell, 0.1443");
    }

    @Test
    void foldersOfSafetensorsGiveTheSameInAModelFolder() {
        List<Path> files = train(plan(false), _ -> {});
        List<Path> folders = new ArrayList<>();
        Checkpointing safetensors = Checkpointing.every(1).withFormat(Checkpointing.Format.SAFETENSORS);
        TinyTraining.withTrainer(plan(false).withCheckpointing(safetensors), trainer -> {
            while (trainer.stepsMade() < STEPS) {
                trainer.step();
                folders.add(folder.resolve("step-" + trainer.stepsMade()));
                trainer.save(folders.getLast());
            }
        });
        Path out = folder.resolve("ema");
        PostHocEma.of(folders).write(out, 0.1);
        try (StateDict wanted = PostHocEma.of(files).weights(0.1);
                DiffusionTransformer made = ModelFolder.open(out).transformer()) {
            assertThat(made.parameters().get(KEY).value().toFloats())
                    .isEqualTo(wanted.get(KEY).toFloats());
        }
    }

    @Test
    void anEmaThatNeverMovesTellsNothing() {
        TrainingPlan plan =
                plan(false).withOptimization(plan(false).optimization().withEmaDecay(1));
        assertRefused(train(plan, _ -> {}), "hardly moved");
    }

    private static void assertRefused(List<Path> files, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> PostHocEma.of(files))
                .withMessageContaining(message);
    }
}
