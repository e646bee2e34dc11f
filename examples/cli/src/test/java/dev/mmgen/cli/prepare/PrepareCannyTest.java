package dev.mmgen.cli.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.label.CannyEdges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareCannyTest {

    @TempDir
    private Path folder;

    private Path index;
    private Path out;

    @BeforeEach
    void makeIndex() {
        Path photo = folder.resolve("ball.jpg");
        RandomModel.photo().write(photo);
        index = folder.resolve("index.jsonl");
        out = folder.resolve("edges");
        JsonlIndex.of(List.of(
                        new IndexEntry(
                                "ball", 0, "ball/1.png", Map.of("rgb", photo, "mask", folder.resolve("old.png"))),
                        new IndexEntry("ball", 0, "ball/2.jpg", Map.of("rgb", photo))))
                .write(index);
    }

    @Test
    void edgesTakeThePlaceOfTheSegments() {
        CommandRun run = CommandRun.of("prepare", "canny", "--index", index, "--out", out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().strip()).isEqualTo(out.resolve("index.jsonl").toString());
        List<IndexEntry> entries = JsonlIndex.read(out.resolve("index.jsonl")).entries();
        assertThat(entries).extracting(IndexEntry::key).containsExactly("ball/1.png", "ball/2.jpg");
        assertThat(entries.getFirst().images()).containsOnlyKeys("rgb", "mask");
        assertThat(entries.getFirst().image("mask")).isEqualTo(out.resolve("ball/1.png"));
        RgbImage photo = RgbImage.read(entries.getFirst().image("rgb"));
        assertThat(RgbImage.read(entries.getFirst().image("mask"))).isEqualTo(CannyEdges.DEFAULT.of(photo));
        assertThat(entries.get(1).image("mask"))
                .isEqualTo(out.resolve("ball/2.jpg.png"))
                .exists();
    }

    @Test
    void edgesAreAddedAsAModalityOfCroppedPhotos() throws IOException {
        Files.createDirectories(out.resolve("ball"));
        RgbImage drawn = RgbImage.of(1, 1, new byte[3]);
        drawn.write(out.resolve("ball/1.png"));
        CommandRun run = CommandRun.of(
                "prepare",
                "canny",
                "--index",
                index,
                "--out",
                out,
                "--modality",
                "canny",
                "--size",
                64,
                "--sigma",
                0.5,
                "--low",
                3,
                "--high",
                9);
        assertThat(run.exitCode()).as(run.err()).isZero();
        IndexEntry entry = JsonlIndex.read(out.resolve("index.jsonl")).entries().getFirst();
        assertThat(entry.images()).containsOnlyKeys("rgb", "mask", "canny");
        assertThat(RgbImage.read(entry.image("canny")))
                .as("drawn before, not again")
                .isEqualTo(drawn);
        assertThat(RgbImage.read(out.resolve("ball/2.jpg.png"))).hasToString("RgbImage[64x64]");
    }

    @Test
    void badInputIsOneLine() throws IOException {
        CommandRun range = CommandRun.of("prepare", "canny", "--index", index, "--out", out, "--low", 20);
        assertThat(range.exitCode()).isEqualTo(1);
        assertThat(range.errorLines()).last().asString().contains("20.0", "15.0");
        Path without = folder.resolve("without.jsonl");
        JsonlIndex.of(List.of(new IndexEntry("a", 0, "a", Map.of()))).write(without);
        CommandRun photos = CommandRun.of("prepare", "canny", "--index", without, "--out", out);
        assertThat(photos.exitCode()).isEqualTo(1);
        assertThat(photos.errorLines()).last().asString().contains("path_rgb");
        Files.createDirectories(out);
        Files.createFile(out.resolve("index.jsonl"));
        CommandRun there = CommandRun.of("prepare", "canny", "--index", index, "--out", out);
        assertThat(there.exitCode()).isEqualTo(1);
        assertThat(there.errorLines()).last().asString().contains("index.jsonl exists already");
    }
}
