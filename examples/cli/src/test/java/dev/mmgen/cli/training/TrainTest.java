package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.cli.Main;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.testkit.TinyData;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainTest {

    @TempDir
    Path folder;

    private final StringWriter errors = new StringWriter();

    private int mmgen(String... arguments) {
        CommandLine command = Main.commandLine();
        command.setErr(new PrintWriter(errors, true));
        return command.execute(arguments);
    }

    private String[] training(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--plan",
                folder.resolve("plan.json").toString(),
                "--index",
                folder.resolve("train.jsonl").toString(),
                "--moments",
                "rgb=" + folder.resolve("rgb.h5"),
                "--moments",
                "depth=" + folder.resolve("depth.h5"),
                "--features",
                folder.resolve("dino.h5").toString(),
                "--out",
                folder.resolve("run").toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private void writeData() throws Exception {
        TinyData.write(folder, "rgb", "depth");
    }

    @Test
    void trainingResumes() throws Exception {
        writeData();
        assertThat(mmgen(training())).as(errors.toString()).isZero();
        Path run = folder.resolve("run");
        assertThat(run.resolve("checkpoints/0000003.pt")).exists();
        assertThat(mmgen(training("--steps", "5", "--learning-rate", "1e-5")))
                .as(errors.toString())
                .isZero();
        assertThat(run.resolve("checkpoints/0000005.pt")).exists();
        List<String> rows = Files.readAllLines(run.resolve("metrics.csv"));
        assertThat(rows).hasSize(6);
        assertThat(rows.getFirst()).contains("loss_rgb,loss_depth");
        assertThat(rows.get(5)).startsWith("5,").contains(",1.0E-5,");
        assertThat(run.resolve("events")).isNotEmptyDirectory();
    }

    @Test
    void progressIsInLinesWhereThereIsNoTerminal() throws Exception {
        writeData();
        CommandRun run = CommandRun.of((Object[]) training());
        assertThat(run.err())
                .containsPattern("\nTraining: 3 of 3 steps \\(100 %\\) in .* left, loss [0-9.]+\n")
                .doesNotContain("\r");
        CommandRun done = CommandRun.of((Object[]) training("--steps", "2"));
        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.errorLines())
                .last()
                .asString()
                .isEqualTo(
                        "nothing is left to do: 3 steps are done, and 2 were asked for; give a higher --steps to train further");
    }

    @Test
    void aResumedRunContinuesWithTheNextSamples() throws Exception {
        writeData();
        assertThat(mmgen(training("--threads", "1"))).as(errors.toString()).isZero();
        assertThat(mmgen(training("--threads", "1", "--steps", "5")))
                .as(errors.toString())
                .isZero();
        Path inTwo = folder.resolve("run/checkpoints/0000005.pt");
        Path moved = Files.createDirectory(folder.resolve("two")).resolve("0000005.pt");
        Files.move(inTwo, moved);
        try (var files = Files.list(folder.resolve("run/checkpoints"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        assertThat(mmgen(training("--threads", "1", "--steps", "5")))
                .as(errors.toString())
                .isZero();
        assertThat(moved).hasSameBinaryContentAs(inTwo);
    }

    @Test
    void anEmaOfAnotherLengthComesFromTheCheckpoints() throws Exception {
        writeData();
        assertThat(mmgen(training("--steps", "1"))).as(errors.toString()).isZero();
        String run = folder.resolve("run").toString();
        Path file = folder.resolve("ema.pt");
        CommandRun few = CommandRun.of("ema", run, "--width", "0.2", "--out", file);
        assertThat(few.exitCode()).isEqualTo(1);
        assertThat(few.err()).contains("takes at least two checkpoints, but there is one alone");
        assertThat(mmgen(training("--steps", "3"))).as(errors.toString()).isZero();
        CommandRun made = CommandRun.of("ema", run, "--width", "0.2", "--out", file);
        assertThat(made.exitCode()).as(made.err()).isZero();
        try (OfficialCheckpoint ema = OfficialCheckpoint.open(file)) {
            assertThat(ema.config().modalityNames()).containsExactly("rgb", "depth");
        }
        CommandRun again = CommandRun.of("ema", run, "--width", "0.2", "--out", file);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("exists; name a new file");
    }

    @Test
    void trainingStartsFromTheEmaOfACheckpoint() throws Exception {
        writeData();
        assertThat(mmgen(training())).as(errors.toString()).isZero();
        Path first = folder.resolve("first.pt");
        Files.move(folder.resolve("run/checkpoints/0000003.pt"), first);
        Files.delete(folder.resolve("run/checkpoints/0000002.pt"));
        assertThat(mmgen(training("--from", first.toString(), "--recipe", "given")))
                .as(errors.toString())
                .isZero();
        assertThat(folder.resolve("run/checkpoints/0000003.pt")).exists();
    }

    @Test
    void aSlowPrecisionIsWarnedOf() throws Exception {
        writeData();
        CommandRun half = CommandRun.of((Object[]) training("--precision", "float16", "--steps", "1"));
        assertThat(half.exitCode()).as(half.err()).isZero();
        assertThat(half.err())
                .containsOnlyOnce("float16 is slow")
                .contains("--precision bfloat16", "--precision float32");
        CommandRun mixed = CommandRun.of((Object[]) training("--precision", "bfloat16", "--steps", "2"));
        assertThat(mixed.err()).doesNotContain("is slow");
    }

    @Test
    void aRecipeOfAProgramCannotBeNamed() throws Exception {
        writeData();
        assertThat(mmgen(training("--recipe", "own"))).isEqualTo(2);
        assertThat(errors.toString()).contains("mixed, plain but was 'own'");
        Files.writeString(
                folder.resolve("plan.json"),
                TinyData.PLAN.replace(
                        "\"modalityWeights\"",
                        "\"conditioning\": {\"scheme\": {\"type\": \"a.Scheme\"}}, \"modalityWeights\""));
        assertThat(mmgen(training())).isEqualTo(1);
        assertThat(errors.toString())
                .contains(
                        "the plan's time scheme is a.Scheme, a class of a program's own, of which files hold only the name");
    }

    @Test
    void badInputIsOneLine() throws Exception {
        writeData();
        assertThat(mmgen(training("--batch-size", "3", "--accumulation", "2"))).isEqualTo(1);
        assertThat(mmgen(training("--moments", "normal=normal.h5"))).isEqualTo(2);
        Files.writeString(folder.resolve("plan.json"), "{\"stepz\": 1}");
        assertThat(mmgen(training())).isEqualTo(1);
        assertThat(errors.toString())
                .contains("'batchSize' is 3; it must be a multiple of gradientAccumulation, 2")
                .contains("there are latents of 3: rgb, depth, normal")
                .contains("unknown setting 'stepz'; the nearest known one is 'steps'");
    }

    @Test
    void aModelOfAnotherShapeIsRefusedByKeyAndSetting() throws Exception {
        writeData();
        assertThat(mmgen(training())).as(errors.toString()).isZero();
        Path first = folder.resolve("run/checkpoints/0000003.pt");
        Files.writeString(folder.resolve("plan.json"), TinyData.PLAN.replace("\"depth\": 2", "\"depth\": 3"));
        assertThat(mmgen(training("--from", first.toString()))).isEqualTo(1);
        assertThat(errors.toString())
                .contains(first + " is of another architecture: 'blocks.2.attn.qkv.weight' is missing")
                .contains("of its settings depth is 2, not 3");
    }

    @Test
    void selfAlignmentNeedsNoFeatures() throws Exception {
        writeData();
        Files.writeString(
                folder.resolve("plan.json"),
                TinyData.PLAN
                        .replace("\"projections\": [16]", "\"projections\": [32]")
                        .replace(
                                "\"modalityWeights\"",
                                "\"alignment\": {\"teacher\": {\"type\": \"ema\"}}, \"modalityWeights\""));
        List<Object> command = new ArrayList<>(List.of(
                "train",
                "--plan",
                folder.resolve("plan.json"),
                "--index",
                folder.resolve("train.jsonl"),
                "--moments",
                "rgb=" + folder.resolve("rgb.h5"),
                "--moments",
                "depth=" + folder.resolve("depth.h5"),
                "--out",
                folder.resolve("run")));
        assertThat(mmgen(command.stream().map(Object::toString).toArray(String[]::new)))
                .as(errors.toString())
                .isZero();
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        assertThat(rows.getFirst()).contains("alignment");
        assertThat(rows.get(1)).doesNotContain(",,");
    }

    @Test
    void helpNamesTheOfficialDefaults() {
        String help = Main.commandLine()
                .getSubcommands()
                .get("train")
                .getUsageMessage()
                .replaceAll("\\s+", " ");
        assertThat(help)
                .contains("SiT-S/2 and so on. Default: SiT-XL/2.")
                .contains("Default: released; in finetune without new modalities, given.")
                .contains("Weight of representation alignment. Default: 0.5.")
                .contains("Of AdamW. Default: 1.0E-4; in finetune --data")
                .contains(
                        "float32, bfloat16 or float16. Default: bfloat16 where the device is faster with it, else float32.")
                .contains("Samples per step. Default: 256, in finetune --data 32; at most a quarter of the samples.")
                .contains("Micro-batches per step. Default: 1.")
                .contains(
                        "all runs together. Default: 600000. In finetune, 600 with --data, else 20000 from one modality to the others, else 5000.")
                .contains("Of weights, noise and order. Default: 0.")
                .contains(
                        "Steps between checkpoints. Default: 50000. In finetune, 2000 from one modality to the others, else 1000.")
                .contains("0 keeps all. Default: 0.")
                .contains("pt or safetensors. Default: pt.")
                .contains("0 for never. Default: 10000. In finetune, as often as checkpoints.")
                .contains("put the .pt into FOLDER/checkpoints; --steps counts its steps too");
    }
}
