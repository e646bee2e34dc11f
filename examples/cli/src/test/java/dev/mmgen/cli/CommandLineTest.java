package dev.mmgen.cli;

import static dev.mmgen.cli.CommandRun.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands on good input, and their help. */
@ExtendWith(OneThread.class)
class CommandLineTest {

    @TempDir
    private static Path demo;

    private static Path model;
    private static Path photo;

    @TempDir
    private Path folder;

    @BeforeAll
    static void make() {
        model = RandomModel.make(demo);
        photo = demo.resolve("a photo.of me.png");
        RandomModel.photo().write(photo);
    }

    @Test
    void withoutACommandTheUsageIsShown() {
        assertThat(succeed().out())
                .contains("generate", "understand", "condition", "finetune", "convert", "inspect", "doctor");
        assertThat(succeed("--version").out()).startsWith("mmgen ");
    }

    /** All commands, and those of the groups, by their full names. */
    static Stream<String> commands() {
        return commands("", Main.commandLine());
    }

    private static Stream<String> commands(String prefix, CommandLine parent) {
        return parent.getSubcommands().entrySet().stream().flatMap(command -> {
            String name = prefix + command.getKey();
            return Stream.concat(Stream.of(name), commands(name + " ", command.getValue()));
        });
    }

    @Test
    void groupsOfCommandsAreAmongAllCommands() {
        assertThat(commands())
                .contains("train-vae", "prepare", "prepare latents", "evaluate depth", "shapes render", "doctor");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelp(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.add("--help");
        CommandRun run = succeed(words.toArray());
        assertThat(run.out()).startsWith("Usage: mmgen " + command).contains("--help");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void helpShowsWhatTheOptionShows() {
        assertThat(succeed("help", "generate").out())
                .isEqualTo(succeed("generate", "--help").out());
        assertThat(succeed("help", "evaluate", "shapes", "generation").out())
                .startsWith("Usage: mmgen evaluate shapes generation");
        assertThat(succeed("help").out()).isEqualTo(succeed().out());
        CommandRun unknown = CommandRun.of("help", "prepare", "latnts");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.errorLines()).hasSize(1).first().asString().contains("'latnts'", "canny, latents");
    }

    @Test
    void completionIsAScriptThatBashReads() throws IOException, InterruptedException {
        Path script = folder.resolve("mmgen.bash");
        Files.writeString(script, succeed("completion").out());
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source " + script + "; COMP_WORDS=(mmgen generate --samp); COMP_CWORD=2;"
                                + " compopt() { :; }; _complete_mmgen; echo \"${COMPREPLY[@]}\"")
                .redirectErrorStream(true)
                .start();
        assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("--sampler\n");
        assertThat(bash.waitFor()).isZero();
    }

    @Test
    void everyCommandHasAManualPage() throws IOException {
        succeed("man", "-o", folder);
        assertThat(commands().map(name -> "mmgen-" + name.replace(' ', '-') + ".1"))
                .isSubsetOf(folder.toFile().list());
        String page = Files.readString(folder.resolve("mmgen-generate.1"));
        assertThat(page).isEqualTo(succeed("man", "generate").out());
        assertThat(page.lines())
                .contains(".SH \"SYNOPSIS\"", ".SH \"SAMPLING\"", ".B \\-\\-sampler NAME", ".BR mmgen (1)");
        assertThat(Files.readString(folder.resolve("mmgen.1"))).contains(".BR mmgen\\-understand (1)");
    }

    @Test
    void argumentsComeFromFiles() throws IOException {
        Path arguments = folder.resolve("arguments");
        Files.writeString(arguments, "generate -c 1\n--steps 1 # few\n-m \"" + model + "\" -o \"" + folder + "\"\n");
        succeed("@" + arguments);
        assertThat(folder.toFile().list()).contains("category-1-seed0.png");
    }

    @Test
    void helpListsOptionsByTopic() {
        String help = succeed("generate", "--help").out();
        assertThat(help)
                .containsSubsequence(
                        "Options:",
                        "--category",
                        "Model:",
                        "--dtype",
                        "Machine:",
                        "--threads",
                        "Drawing:",
                        "--seed",
                        "Sampling:",
                        "--sampler",
                        "--guidance");
        assertThat(help.lines().filter(line -> line.equals("Sampling:"))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate", "understand", "condition", "translate", "inpaint", "reconstruct"})
    void everyDrawingCommandHasTheCommonOptions(String command) {
        assertThat(succeed(command, "--help").out())
                .contains("--model", "--device", "--dtype", "--seed", "--steps", "--guidance", "--sampler", "--out");
    }

    @Test
    void generateDrawsAllModalities() {
        CommandRun run = succeed("generate", "-m", model, "-c", 7, "--steps", 2, "-o", folder);
        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder(
                        "category-7-seed0.depth.png",
                        "category-7-seed0.normal.png",
                        "category-7-seed0.png",
                        "category-7-seed0.rgb.png",
                        "category-7-seed0.segmentation.png");
        assertThat(run.out().strip())
                .isEqualTo(folder.resolve("category-7-seed0.png").toString());
        assertThat(RgbImage.read(folder.resolve("category-7-seed0.png"))).hasToString("RgbImage[256x64]");
    }

    @Test
    void categoriesHaveNames() {
        succeed("generate", "--category", "rings", "--steps", 2, "-o", folder);
        assertThat(folder.toFile().list()).contains("category-rings-seed0.png");
    }

    @Test
    void generateNumbersSeveralImages() {
        succeed("generate", "-m", model, "--count", 3, "--batch", 2, "--steps", 2, "--seed", 5, "-o", folder);
        assertThat(folder.toFile().list())
                .hasSize(15)
                .contains("generated-seed5-0000.png", "generated-seed5-0002.depth.png");
        RgbImage second = RgbImage.read(folder.resolve("generated-seed5-0001.png"));
        assertThat(second).isNotEqualTo(RgbImage.read(folder.resolve("generated-seed5-0000.png")));
        succeed("generate", "-m", model, "--count", 2, "--steps", 2, "--seed", 5, "-o", folder.resolve("again"));
        assertThat(RgbImage.read(folder.resolve("again/generated-seed5-0001.png")))
                .isEqualTo(second);
    }

    @Test
    void everyOptionIsUnderstood() {
        succeed(
                "generate",
                "--checkpoint",
                demo.resolve("demo.pt"),
                "--vae",
                model.resolve("vae"),
                "--category",
                2,
                "--guidance",
                "2.5",
                "--guidance-interval",
                "0",
                "0.7",
                "--sampler",
                "heun",
                "--steps",
                2,
                "--width",
                96,
                "--height",
                48,
                "--any-size",
                "--device",
                "cpu",
                "--dtype",
                "bfloat16",
                "--threads",
                1,
                "-o",
                folder.resolve("a/b"));
        assertThat(RgbImage.read(folder.resolve("a/b/category-2-seed0.depth.png")))
                .hasToString("RgbImage[96x48]");
        succeed("generate", "-m", model, "--steps", 1, "--height", 32, "-o", folder);
        assertThat(RgbImage.read(folder.resolve("generated-seed0.rgb.png"))).hasToString("RgbImage[32x32]");
    }

    @Test
    void understandIsNamedAfterThePhoto() {
        succeed("understand", "-m", model, photo, "--steps", 2, "-o", folder);
        assertThat(folder.toFile().list())
                .hasSize(6)
                .contains("a photo.of me-seed0.png", "a photo.of me-seed0.depth.png");
    }

    @Test
    void conditionTakesSeveralModalities() {
        CommandRun run = succeed(
                "condition",
                "-m",
                model,
                "-g",
                "depth=" + photo,
                "--given",
                "mask=" + photo,
                "--steps",
                2,
                "-o",
                folder,
                "--category",
                1,
                "--condition-guidance",
                2.5,
                "--json");
        assertThat(run.out()).contains("\"conditionGuidance\":2.5");
        assertThat(folder.toFile().list()).hasSize(5).contains("from-depth-mask-seed0.rgb.png");
    }

    @Test
    void convertMakesAModelFolder() throws IOException {
        Path made = folder.resolve("made");
        CommandRun run = succeed(
                "convert",
                demo.resolve("demo.pt"),
                "--vae",
                model.resolve("vae"),
                "-o",
                made,
                "--sampler",
                "euler",
                "--steps",
                4,
                "--reading-steps",
                3);
        assertThat(run.out().strip()).isEqualTo(made.toString());
        assertThat(folder.toFile().list()).containsExactly("made");
        assertThat(ModelFolder.open(made).config())
                .isEqualTo(ModelFolder.open(model).config());
        assertThat(made.resolve("model.safetensors")).hasSameBinaryContentAs(model.resolve("model.safetensors"));
        assertThat(made.resolve("vae/config.json")).hasSameTextualContentAs(model.resolve("vae/config.json"));
        succeed("generate", "-m", made, "--steps", 1, "-o", folder.resolve("out"));

        Path half = Files.createDirectory(folder.resolve("half"));
        succeed(
                "convert",
                demo.resolve("demo.pt"),
                "--vae",
                model.resolve("vae"),
                "-o",
                half,
                "--dtype",
                "bfloat16",
                "--projectors",
                "--guidance",
                3,
                "--guidance-interval",
                0.25,
                1,
                "--guide",
                demo.resolve("demo.pt"));
        assertThat(half.resolve("guide/config.json")).isRegularFile();
        Path out = folder.resolve("guided");
        assertThat(succeed("generate", "-m", half, "--steps", 1, "--json", "-o", out)
                        .out())
                .contains("\"guide\"");
        assertThat(ModelFolder.open(half).config().sampling().guidance()).isEqualTo(new Guidance(3, 0.25, 1));
        assertThat(succeed("inspect", half).out())
                .contains("projectors.0.0.weight", "bfloat16")
                .doesNotContain("float32");
    }

    @Test
    void inspectListsTensors() {
        assertThat(succeed("inspect", demo.resolve("demo.pt")).out())
                .contains("keys: ", "ema", "SiT-S/2", "x_embedder.proj.weight", "tensors");
        assertThat(succeed("inspect", demo.resolve("demo.pt"), "--key", "ema").out())
                .contains("x_embedder.proj.weight", "float32", "[128, 16, 2, 2]")
                .doesNotContain("SiT-S/2");
        assertThat(succeed("inspect", model.resolve("vae")).out()).contains("decoder.conv_in.weight");
    }

    @Test
    void doctorNamesLibtorch() {
        assertThat(succeed("doctor").out()).contains("java", "libtorch");
        assertThat(succeed("doctor", "--build").out().length())
                .isGreaterThan(succeed("doctor").out().length());
    }
}
