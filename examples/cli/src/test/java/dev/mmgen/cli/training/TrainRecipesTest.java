package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.TinyData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The recipes that the command line offers by name, and the settings that they need. */
@ExtendWith(OneThread.class)
class TrainRecipesTest {

    @TempDir
    private Path folder;

    private TinyData data;

    @BeforeEach
    void write() throws Exception {
        data = TinyData.write(folder, "rgb", "depth");
    }

    private CommandRun train(Object... options) {
        List<Object> command = new ArrayList<>(data.command("train", folder.resolve("run"), "rgb", "depth"));
        command.addAll(List.of(options));
        return CommandRun.of(command.toArray());
    }

    private CommandRun trainPlan(String plan, String recipe) throws Exception {
        Path file = Files.writeString(folder.resolve("other.json"), plan);
        return train("--plan", file, "--recipe", recipe, "--alignment", 0, "--steps", 1);
    }

    private static void assertRefused(CommandRun run, int code, String... parts) {
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .startsWith("mmgen: ")
                .contains(parts);
        assertThat(run.exitCode()).isEqualTo(code);
    }

    @Test
    void thePrintedPlanIsReadAgainAndNothingIsTrained() throws Exception {
        CommandRun printed = CommandRun.succeed("train", "--size", "SiT-S/2", "--lr", "3e-4", "--print-plan");
        assertThat(printed.out()).contains("// the highest rate (official: 1.0E-4)");
        Path plan = Files.writeString(folder.resolve("printed.json"), printed.out());
        assertThat(CommandRun.succeed("train", "--plan", plan, "--print-plan").out())
                .isEqualTo(printed.out());
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void mixedAndPlainNeedWhatHelpNames() throws Exception {
        String mixed = TinyData.PLAN.replace(
                "\"modalityWeights\"",
                "\"conditioning\": {\"scheme\": {\"type\": \"mixed-conditions\", \"none\": 0.5, \"alone\": [0.25, 0.25],"
                        + " \"latest\": 0.01}}, \"modalityWeights\"");
        String plain = TinyData.PLAN
                .replace("\"classes\"", "\"timeEmbedding\": \"SHARED\", \"classes\"")
                .replace("\"modalityWeights\"", "\"conditioning\": \"plain\", \"modalityWeights\"");
        assertRefused(trainPlan(TinyData.PLAN, "mixed"), 1, "--recipe mixed needs shares; in --plan FILE, write");
        assertRefused(
                trainPlan(TinyData.PLAN, "plain"),
                1,
                "'conditioning.scheme' is Shared[], which gives times SHARED; it must give times PER_MODALITY");
        CommandRun run = trainPlan(mixed, "mixed");
        assertThat(run.exitCode()).as(run.err()).isZero();
        Files.move(folder.resolve("run"), folder.resolve("mixed"));
        CommandRun other = trainPlan(plain, "plain");
        assertThat(other.exitCode()).as(other.err()).isZero();
        assertThat(CommandRun.of("train", "--help").out().replaceAll("\\s+", " "))
                .contains("mixed needs a plan whose scheme has the type mixed-conditions, plain one with the"
                        + " conditioning plain and a timeEmbedding of SHARED.");
    }

    @Test
    void namesAreInOneCase() {
        assertRefused(
                train("--recipe", "Mixture"),
                2,
                "'--recipe'",
                "expected one of released, given, decoupled, any_conditions, mixed, plain but was 'Mixture'");
        assertRefused(train("--precision", "double"), 2, "expected one of float32, bfloat16, float16 but was 'double'");
        assertRefused(train("--format", "zip"), 2, "expected one of pt, safetensors but was 'zip'");
        CommandRun run = train(
                "--plan",
                data.plan(),
                "--alignment",
                0,
                "--steps",
                1,
                "--precision",
                "Float32",
                "--format",
                "SAFETENSORS");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(folder.resolve("run/checkpoints/0000001")).isDirectory();
    }

    @Test
    void anotherNumberOfModalitiesIsAnsweredWithItsSettings() throws Exception {
        CommandRun run = train();
        String settings = "\"model\": {\"modalities\": 2}, \"loss\": {\"modalityWeights\": [1.0, 0.2]}";
        assertRefused(
                run,
                2,
                "the plan's model has 4 modalities, but there are latents of 2: rgb, depth; write into the plan "
                        + settings);
        Files.writeString(
                data.plan(),
                "{"
                        + settings.replace(
                                "2}",
                                "2, \"inputSize\": 4, \"width\": 32, \"depth\": 1, \"heads\": 2,"
                                        + " \"classes\": 4, \"projectionDepth\": 1}")
                        + "}");
        CommandRun better = train(
                "--plan", data.plan(), "--alignment", 0, "--steps", 1, "--batch-size", 2, "--precision", "float32");
        assertThat(better.exitCode()).as(better.err()).isZero();
    }

    @Test
    void helpNamesWhatARunWrites() {
        assertThat(CommandRun.of("train", "--help").out())
                .contains(
                        "What a run writes into FOLDER:\n  checkpoints/",
                        "\n  metrics.csv",
                        "\n  events/",
                        "\n  losses.png",
                        "\n  samples/",
                        "\n  latents.json");
        assertThat(CommandRun.of("finetune", "--help").out()).contains("\n  adapter/", "\n  metrics.csv");
        assertThat(CommandRun.of("train-vae", "--help").out())
                .contains("\n  checkpoints/", "\n  metrics.csv", "\n  events/", "\n  autoencoder/");
    }
}
