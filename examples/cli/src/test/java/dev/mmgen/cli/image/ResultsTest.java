package dev.mmgen.cli.image;

import static dev.mmgen.cli.CommandRun.succeed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The files that drawing commands write, their names, and what is printed about them. */
@ExtendWith(OneThread.class)
class ResultsTest {

    @TempDir
    private static Path demo;

    private static Path model;
    private static Path photo;

    @TempDir
    private Path folder;

    @BeforeAll
    static void make() {
        model = RandomModel.make(demo);
        photo = demo.resolve("photo.png");
        RandomModel.photo().write(photo);
    }

    private List<Object> generate(Object... more) {
        return generateIn(folder, more);
    }

    private static List<Object> generateIn(Path out, Object... more) {
        return Stream.concat(Stream.of("generate", "-m", model, "--steps", 2, "-o", out), Stream.of(more))
                .toList();
    }

    @Test
    void imageNOfASeedIsTheSameWhenDrawnAlone() {
        succeed(generate("--seed", 5, "--count", 4, "--batch", 3).toArray());
        Path alone = folder.resolve("alone");
        succeed(generateIn(alone, "--seed", 5, "--first", 3).toArray());
        assertThat(alone.toFile().list()).hasSize(5);
        for (String file : List.of("generated-seed5-0003.png", "generated-seed5-0003.depth.png")) {
            assertThat(alone.resolve(file)).hasSameBinaryContentAs(folder.resolve(file));
        }
    }

    @Test
    void everySeedHasItsImages() {
        CommandRun run =
                succeed(generate("--seeds", "7,9", "--count", 2, "--batch", 1).toArray());
        assertThat(run.out().lines())
                .containsExactly(
                        folder.resolve("generated-seed7-0000.png").toString(),
                        folder.resolve("generated-seed7-0001.png").toString(),
                        folder.resolve("generated-seed9-0000.png").toString(),
                        folder.resolve("generated-seed9-0001.png").toString());
        Path alone = folder.resolve("alone");
        succeed(generateIn(alone, "--seed", 9).toArray());
        assertThat(alone.resolve("generated-seed9.png"))
                .hasSameBinaryContentAs(folder.resolve("generated-seed9-0000.png"));
    }

    @Test
    void aSeedAmongSeveralHasTheImageThatItHasAlone() {
        CommandRun several = succeed(
                generate("-v", "--seeds", "7,9,11", "--batch", 2, "-c", 3).toArray());
        assertThat(several.out().lines())
                .contains(
                        folder.resolve("category-3-seed7.png").toString(),
                        folder.resolve("category-3-seed11.png").toString());
        assertThat(several.err()).contains("2 images of seed 7, 9 in ", "1 image of seed 11 in ");
        Path alone = folder.resolve("alone");
        succeed(generateIn(alone, "--seed", 9, "-c", 3).toArray());
        byte[] one = RgbImage.read(alone.resolve("category-3-seed9.png")).rgb();
        byte[] among = RgbImage.read(folder.resolve("category-3-seed9.png")).rgb();
        for (int i = 0; i < one.length; i++) {
            assertThat(among[i] & 255).as("rounding alone may differ").isCloseTo(one[i] & 255, within(1));
        }
    }

    @Test
    void filesThatExistAreNotReplacedUnlessForced() throws IOException {
        Path first = folder.resolve("generated-seed0-0000.png");
        Path last = Files.writeString(folder.resolve("generated-seed0-0001.depth.png"), "mine");
        CommandRun refused = CommandRun.of(generate("--count", 2, "--batch", 1).toArray());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.errorLines()).singleElement().asString().contains(last.toString(), "--force");
        assertThat(last).hasContent("mine");
        assertThat(first).as("drawn before the check").doesNotExist();
        succeed(generate("--count", 2, "--force").toArray());
        assertThat(Files.size(last)).isGreaterThan(4);
        assertThat(first).exists();
    }

    @Test
    void otherCommandsDoNotReplaceFilesEither() throws IOException {
        for (List<Object> command : List.of(
                List.<Object>of("translate", photo, "--count", 1),
                List.<Object>of("inpaint", photo, "--region", "0,0,8,8"),
                List.<Object>of("condition", "-g", "depth=" + photo))) {
            Path out = folder.resolve(command.getFirst().toString());
            Object[] words = Stream.concat(command.stream(), Stream.of("-m", model, "--steps", 1, "-o", out))
                    .toArray();
            succeed(words);
            try (Stream<Path> files = Files.list(out)) {
                for (Path file : files.toList()) {
                    byte[] before = Files.readAllBytes(file);
                    assertThat(CommandRun.of(words).exitCode()).isEqualTo(1);
                    assertThat(file).hasBinaryContent(before);
                }
            }
        }
    }

    @Test
    void imagesAreWrittenAsSoonAsTheyAreDone() throws IOException {
        // The second batch cannot be written, since a folder has the name of one of its files.
        Files.createDirectories(folder.resolve("generated-seed0-0002.rgb.png").resolve("taken"));
        CommandRun run =
                CommandRun.of(generate("--count", 4, "--batch", 2, "--force").toArray());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(folder.resolve("generated-seed0-0000.png")).exists();
        assertThat(folder.resolve("generated-seed0-0001.segmentation.png")).exists();
        assertThat(folder.resolve("generated-seed0-0003.png")).doesNotExist();
    }

    @Test
    void jsonIsOneObjectPerImage() {
        CommandRun run = succeed(generate(
                        "-c", 7, "--count", 2, "--seed", 3, "--guidance", 2.5, "--guidance-interval", 0.25, 1, "--json")
                .toArray());
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1))
                .startsWith("{\"file\":\"" + folder.resolve("category-7-seed3-0001.png") + "\"")
                .contains(
                        "\"depth\":\"" + folder.resolve("category-7-seed3-0001.depth.png") + "\"",
                        "\"width\":64,\"height\":64",
                        "\"seed\":3,\"image\":1",
                        "\"sampler\":\"euler\",\"steps\":2",
                        "\"guidance\":2.5,\"guidanceInterval\":[0.25,1.0]",
                        "\"category\":7")
                .endsWith("}");
    }

    @Test
    void quietCommandsSayNothingAndVerboseOnesMore() {
        CommandRun quiet = succeed(generate("-q").toArray());
        assertThat(quiet.out() + quiet.err()).isEmpty();
        CommandRun json = succeed(generate("-q", "--json", "--force").toArray());
        assertThat(json.out().lines()).hasSize(1);
        assertThat(json.err()).isEmpty();
        CommandRun verbose = succeed(generate("-v", "--force").toArray());
        assertThat(verbose.err()).contains("Sampler=euler", "1 image of seed 0 in ");
        CommandRun failure = CommandRun.of(generate("-v").toArray());
        assertThat(failure.err()).contains("--force", "\tat dev.mmgen.cli.");
        assertThat(CommandRun.of(generate("-q", "-v").toArray()).exitCode()).isEqualTo(2);
    }

    @Test
    void impossibleNumbersAreNamed() {
        assertThat(CommandRun.of(generate("--first", -1).toArray()).errorLines())
                .singleElement()
                .asString()
                .contains("first is -1");
        assertThat(CommandRun.of(generate("--first", Integer.MAX_VALUE).toArray())
                        .errorLines())
                .singleElement()
                .asString()
                .contains("count is 1", "2^31");
    }
}
