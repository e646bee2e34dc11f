package dev.mmgen.cli.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareIndexTest {

    private Path root;
    private Path out;

    @BeforeEach
    void makeImages(@TempDir Path folder) throws IOException {
        root = folder.toRealPath();
        out = root.resolve("index.jsonl");
        for (String file : new String[] {
            "rgb/cat/1.jpg",
            "rgb/dog/2.jpg",
            "rgb/dog/3.jpg",
            "seg/cat/1.png",
            "seg/dog/2.png",
            "seg/dog/3.png",
            "canny/cat/1.png",
            "canny/dog/2.png"
        }) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.createFile(root.resolve(file));
        }
    }

    private CommandRun index(Object... options) {
        Object[] words = new Object[options.length + 4];
        words[0] = "prepare";
        words[1] = "index";
        words[2] = "--out";
        words[3] = out;
        System.arraycopy(options, 0, words, 4, options.length);
        return CommandRun.of(words);
    }

    @Test
    void foldersAreIndexedAndMissingFilesNamed() {
        CommandRun run = index(
                "--images",
                "rgb=" + root.resolve("rgb"),
                "--images",
                "segmentation=" + root.resolve("seg"),
                "--images",
                "canny=" + root.resolve("canny"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualToNormalizingNewlines(out + ": 2 samples of 2 classes\n");
        assertThat(run.errorLines())
                .containsExactly(
                        "1 photos were skipped, because files are missing:", "  " + root.resolve("canny/dog/3.png"));
        JsonlIndex index = JsonlIndex.read(out);
        IndexEntry dog = index.entries().get(1);
        assertThat(dog.category()).isEqualTo("dog");
        assertThat(dog.label()).isEqualTo(1);
        assertThat(dog.key()).isEqualTo("dog/2.png");
        assertThat(dog.images())
                .containsOnlyKeys("rgb", "mask", "canny")
                .containsEntry("mask", root.resolve("seg/dog/2.png"));
    }

    @Test
    void oneClassOrConditionsAloneAreIndexed() throws IOException {
        assertThat(index("--images", "rgb=" + root.resolve("rgb"), "--class", 7).exitCode())
                .isZero();
        assertThat(JsonlIndex.read(out).entries()).hasSize(3).allMatch(entry -> entry.label() == 7);
        Files.delete(out);
        assertThat(index("--images", "canny=" + root.resolve("canny")).exitCode())
                .isZero();
        assertThat(JsonlIndex.read(out).entries())
                .hasSize(2)
                .allMatch(entry -> entry.label() == 1000 && entry.images().containsKey("canny"));
    }

    @Test
    void hypersimIsIndexed() throws IOException {
        for (String file :
                new String[] {"rgb/0.png", "depth/0.vis.png", "normal/0.vis.png", "mask/0.png", "rgb/1.png"}) {
            Path path = root.resolve("hs/ai_001_001/cam_00").resolve(file);
            Files.createDirectories(path.getParent());
            Files.createFile(path);
        }
        Path split = Files.writeString(root.resolve("split.txt"), "ai_001_001\n");
        CommandRun run = index(
                "--hypersim", root.resolve("hs"), "--split", split, "--segmentation-jobs", root.resolve("jobs.jsonl"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(JsonlIndex.read(out).entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.key()).isEqualTo("ai_001_001/cam_00/0.png"));
        assertThat(run.err())
                .contains("1 photos were skipped")
                .contains("1.vis.png")
                .contains("mask/1.png");
        assertThat(root.resolve("jobs.jsonl")).content().hasLineCount(2);
    }

    @Test
    void badInputIsOneLine() throws IOException {
        assertThat(index().exitCode()).isEqualTo(2);
        assertThat(index("--images", "rgb=" + root, "--hypersim", root, "--split", root)
                        .exitCode())
                .isEqualTo(2);
        CommandRun without =
                index("--images", "canny=" + root.resolve("canny"), "--images", "seg=" + root.resolve("seg"));
        assertThat(without.exitCode()).isEqualTo(1);
        assertThat(without.err()).contains("names canny, seg but not rgb");
        CommandRun nowhere = index("--images", "rgb=" + root.resolve("photos"));
        assertThat(nowhere.exitCode()).isEqualTo(1);
        assertThat(nowhere.err()).contains(root.resolve("photos") + " is not a folder");
        assertThat(out).doesNotExist();
        Files.createFile(out);
        CommandRun there = index("--images", "rgb=" + root.resolve("rgb"));
        assertThat(there.exitCode()).isEqualTo(1);
        assertThat(there.err()).contains("index.jsonl exists already");
    }
}
