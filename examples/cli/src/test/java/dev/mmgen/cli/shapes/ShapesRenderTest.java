package dev.mmgen.cli.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapesRenderTest {

    @TempDir
    private Path folder;

    @Test
    void printsTheIndexOfWhatItRendered() {
        CommandRun run = CommandRun.of(
                "shapes",
                "render",
                "--split",
                "validation",
                "--count",
                3,
                "--first",
                7,
                "--size",
                8,
                "--threads",
                2,
                "--out",
                folder);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().strip()).isEqualTo(folder.resolve("index.jsonl").toString());
        assertThat(run.errorLines())
                .last()
                .asString()
                .matches("Rendering: 3 of 3 scenes \\(100 %\\) in 0:00:\\d\\d, [0-9.]+ scenes/s, 0:00:00 left");
        assertThat(JsonlIndex.read(folder.resolve("index.jsonl")).entries())
                .extracting(IndexEntry::key)
                .containsExactly("00000/00000007.png", "00000/00000008.png", "00000/00000009.png");
    }

    @Test
    void theSecondEditionIsRenderedInItsOwnSize() {
        CommandRun run =
                CommandRun.of("shapes", "render", "--edition", "second", "--count", 1, "--first", 5, "--out", folder);

        assertThat(run.exitCode()).as(run.err()).isZero();
        IndexEntry entry =
                JsonlIndex.read(folder.resolve("index.jsonl")).entries().getFirst();
        Rendering expected = ShapesWorld.render(ShapesWorld.SECOND.scene(Split.TRAIN.seed(5)), 128, 128);
        assertThat(RgbImage.read(entry.image("rgb"))).isEqualTo(expected.rgb());
    }

    @Test
    void categoriesThatAreRenderedOftenerLeaveOthersOut() {
        CommandRun run = CommandRun.of(
                "shapes", "render", "--count", 60, "--size", 8, "--oftener", "mug,stairs", "--times", 30, "-o", folder);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(JsonlIndex.read(folder.resolve("index.jsonl")).entries())
                .hasSizeBetween(3, 30)
                .filteredOn(entry -> !entry.category().matches("mug|stairs"))
                .extracting(IndexEntry::key)
                .isSubsetOf("00000/00000000.png", "00000/00000030.png");
    }

    @ParameterizedTest
    @CsvSource({
        "--edition, third, third",
        "--count, 0, 0 scenes",
        "--count, many, many",
        "--split, exam, exam",
        "--first, -1, scene -1",
        "--size, 0, size 0",
        "--threads, 0, 0 threads",
        "--times, 2, --times 2 is for --oftener",
        "--oftener, mugg, chair but was"
    })
    void wrongUsageIsOneLineThatNamesTheValue(String option, String value, String named) {
        CommandRun run = option.equals("--count")
                ? CommandRun.of("shapes", "render", option, value, "--out", folder.resolve("new"))
                : CommandRun.of("shapes", "render", "--count", 1, option, value, "--out", folder.resolve("new"));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errorLines()).last().asString().startsWith("mmgen: ").contains(named);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void anotherSplitInTheSameFolderIsAFailureOfOneLine() {
        CommandRun.of("shapes", "render", "--count", 1, "--size", 8, "--out", folder);

        CommandRun run =
                CommandRun.of("shapes", "render", "--split", "test", "--count", 1, "--size", 8, "--out", folder);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines()).last().asString().startsWith("mmgen: ").contains("split = train");
    }

    @Test
    void aGroupAloneShowsItsHelp() {
        assertThat(CommandRun.of("shapes").out()).contains("render");
    }
}
