package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.checkpoint.TrainingFolder;
import dev.mmgen.train.data.LoaderPosition;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(TensorLeakCheck.class)
class TrainingRunTest {

    private static final TrainingPlan PLAN = TinyTraining.PLAN
            .withBatches(4, 2)
            .withSteps(9)
            .withCheckpointing(Checkpointing.every(2).withKeep(2));

    @TempDir
    Path folder;

    private interface Use {
        void of(TrainingRun<StepReport> run, Trainer trainer);
    }

    private static void train(TrainingPlan plan, Path folder, Use use) {
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches);
                TrainingRun<StepReport> run = TrainingRun.open(folder, trainer)) {
            use.of(run, trainer);
        }
    }

    private List<String> checkpoints(Path of) throws IOException {
        try (var files = Files.list(of.resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static TrainingPlan plan(Checkpointing.Format format) {
        return PLAN.withCheckpointing(PLAN.checkpointing().withFormat(format));
    }

    private static String name(Checkpointing.Format format, int step) {
        return String.format(Locale.ROOT, "%07d", step) + (format == Checkpointing.Format.PT ? ".pt" : "");
    }

    /** A trainer in a process of its own: says every step, and goes on when told. */
    static final class Child {
        public static void main(String[] arguments) {
            Torch.setThreads(1);
            train(
                    plan(Checkpointing.Format.valueOf(arguments[1])),
                    Path.of(arguments[0]),
                    (run, _) -> run.onStep(report -> {
                                System.out.println(report.step());
                                awaitPermission();
                            })
                            .train());
        }

        private static void awaitPermission() {
            try {
                if (System.in.read() < 0) {
                    Thread.sleep(60_000);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        static Process start(Checkpointing.Format format, Path folder, String... before) throws IOException {
            List<String> command = new ArrayList<>(List.of(before));
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Child.class.getName(),
                    folder.toString(),
                    format.name()));
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKilledRunGoesOnBitForBit(Checkpointing.Format format) throws Exception {
        int threads = Torch.threads();
        Torch.setThreads(1);
        try {
            Path whole = folder.resolve("whole");
            train(plan(format), whole, (run, _) -> run.train());

            Path killed = folder.resolve("killed");
            killAfterStep(5, format, killed);
            assertThat(checkpoints(killed)).containsExactly(name(format, 2), name(format, 4));
            Path half = Files.createDirectory(killed.resolve("checkpoints").resolve(".0000006.half.tmp"));
            Files.writeString(half.resolve("training.json"), "half written");
            Files.writeString(killed.resolve("checkpoints").resolve(".0000006.pt.half.tmp"), "half written");

            train(plan(format), killed, (run, trainer) -> {
                assertThat(run.resumedAt()).isEqualTo(4);
                assertThat(trainer.position()).isEqualTo(new LoaderPosition(1, 3));
                run.train();
            });
            assertThat(checkpoints(killed)).containsExactly(name(format, 8), name(format, 9));
            assertSame(
                    killed.resolve("checkpoints").resolve(name(format, 9)),
                    whole.resolve("checkpoints").resolve(name(format, 9)));
        } finally {
            Torch.setThreads(threads);
        }
    }

    /** Compares checkpoints of either form. */
    static void assertSame(Path actual, Path expected) throws IOException {
        if (Files.isRegularFile(expected)) {
            assertThat(actual).hasSameBinaryContentAs(expected);
            return;
        }
        for (String name : List.of("config.json", "model.safetensors", "training.json", "training.safetensors")) {
            assertThat(actual.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
        }
    }

    private static void killAfterStep(int step, Checkpointing.Format format, Path folder) throws Exception {
        Process child = Child.start(format, folder);
        try (BufferedReader lines = child.inputReader()) {
            String line = "";
            for (int i = 1; i < step; i++) {
                line = lines.readLine();
                assertThat(line).isEqualTo(Integer.toString(i));
                child.getOutputStream().write('\n');
                child.getOutputStream().flush();
            }
            assertThat(lines.readLine()).isEqualTo(Integer.toString(step));
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> TrainingFolder.open(folder))
                    .withMessageContaining("in use by another trainer, process " + child.pid());
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisabledOnOs(OS.WINDOWS)
    void aFullDiskLeavesTheCheckpointBefore(Checkpointing.Format format) throws Exception {
        train(plan(format).withSteps(2), folder, (run, _) -> run.train());
        Path checkpoint = folder.resolve("checkpoints").resolve(name(format, 2));
        Path largest = format == Checkpointing.Format.PT ? checkpoint : checkpoint.resolve("training.safetensors");
        byte[] earlier = Files.readAllBytes(largest);
        // No file of the child may grow beyond half of a checkpoint (blocks of 1024 bytes).
        String blocks = Long.toString(earlier.length / 2048);
        Process child = Child.start(format, folder, "bash", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "bash");
        child.getOutputStream().write("\n\n\n".getBytes(StandardCharsets.UTF_8));
        child.getOutputStream().flush();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).isEqualTo(1);
        assertThat(output)
                .contains(
                        WeightFileException.class.getName(),
                        largest.getFileName().toString().replace("0000002", "0000004") + ": cannot be written");
        assertThat(checkpoints(folder)).containsExactly(name(format, 2));
        assertThat(Files.readAllBytes(largest)).isEqualTo(earlier);
    }

    @Test
    void twoTrainersInOneProcessAreOneTooMany() {
        train(
                PLAN,
                folder,
                (_, _) -> assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(() -> train(PLAN, folder, (_, _) -> {}))
                        .withMessageContaining(folder + " is in use by another trainer, process "
                                + ProcessHandle.current().pid()));
        train(PLAN, folder, (run, _) -> assertThat(run.resumedAt()).isZero());
    }

    @Test
    void aStepThatFailsSavesWhatLedToIt() throws Exception {
        train(PLAN, folder, (run, trainer) -> {
            run.onStep(report -> {
                if (report.step() == 3) {
                    TrainerTest.poison(trainer.model());
                }
            });
            assertThatExceptionOfType(NonFiniteException.class)
                    .isThrownBy(run::train)
                    .withMessageContaining("step 4: the loss is not finite")
                    .withMessageContaining("failed-0000004.pt");
        });
        assertThat(checkpoints(folder)).containsExactly("0000002.pt", "failed-0000004.pt");
        train(PLAN, folder, (run, _) -> assertThat(run.resumedAt()).isEqualTo(2));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLogOnAFullDiskCostsNoCheckpoint() throws Exception {
        List<Long> told = new ArrayList<>();
        train(
                PLAN,
                folder,
                (run, _) -> run.onStep(report -> {
                            told.add(report.step());
                            try {
                                Files.writeString(Path.of("/dev/full"), "step " + report.step());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        })
                        .train());
        assertThat(told).hasSize(9);
        assertThat(checkpoints(folder)).containsExactly("0000008.pt", "0000009.pt");
    }

    @Test
    void aListenerThatFailsEndsTheRunAfterACheckpoint() throws Exception {
        train(PLAN, folder, (run, _) -> {
            run.onStep(report -> {
                if (report.step() == 3) {
                    throw new IllegalStateException("a bug");
                }
            });
            assertThatIllegalStateException().isThrownBy(run::train).withMessage("a bug");
        });
        assertThat(checkpoints(folder)).containsExactly("0000002.pt", "0000003.pt");
    }

    @Test
    void stopsOnRequestAndSaves() throws Exception {
        train(PLAN, folder, (run, trainer) -> {
            run.onStep(report -> {
                        if (report.step() == 3) {
                            run.stop();
                        }
                    })
                    .train();
            assertThat(trainer.stepsMade()).isEqualTo(3);
        });
        assertThat(checkpoints(folder)).containsExactly("0000002.pt", "0000003.pt");
    }
}
