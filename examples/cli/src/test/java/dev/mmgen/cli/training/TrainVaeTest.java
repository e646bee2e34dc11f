package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.Main;
import dev.mmgen.cli.TinyPictures;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.io.AutoencoderFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainVaeTest {

    @TempDir
    Path folder;

    private final StringWriter errors = new StringWriter();

    private int train(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train-vae",
                "--index",
                folder.resolve("index.jsonl").toString(),
                "--plan",
                folder.resolve("plan.json").toString(),
                "--out",
                folder.resolve("run").toString()));
        arguments.addAll(List.of(more));
        return command().execute(arguments.toArray(String[]::new));
    }

    private CommandLine command() {
        CommandLine command = Main.commandLine();
        command.setErr(new PrintWriter(errors, true));
        return command;
    }

    @BeforeEach
    void writeImages() throws Exception {
        TinyPictures.photos(folder, 3);
        Files.writeString(folder.resolve("plan.json"), """
                {"model": {"blockOutChannels": [8, 8], "normNumGroups": 4, "sampleSize": 16}, "batchSize": 2,
                 "steps": 2, "optimization": {"warmUpSteps": 0}}""");
    }

    @Test
    void writesAFolderThatCanBeOpened() throws Exception {
        assertThat(train()).as(errors.toString()).isZero();
        try (AutoencoderKl autoencoder = AutoencoderFolder.open(folder.resolve("run/autoencoder"))) {
            assertThat(autoencoder.factor()).isEqualTo(2);
        }
        Path elsewhere = folder.resolve("elsewhere");
        assertThat(train(
                        "--steps",
                        "3",
                        "--export",
                        elsewhere.toString(),
                        "--validation",
                        folder.resolve("index.jsonl").toString()))
                .as(errors.toString())
                .isZero();
        assertThat(elsewhere.resolve("diffusion_pytorch_model.safetensors")).exists();
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        assertThat(rows).hasSize(4);
        assertThat(rows.getFirst()).startsWith("step,loss,").contains(",psnr,absolute_rgb,");
        assertThat(folder.resolve("run/events")).isNotEmptyDirectory();
    }

    @Test
    void trainsOnScenesWithoutEndAndGoesOn() throws Exception {
        for (String steps : List.of("1", "3")) {
            int code = command()
                    .execute(
                            "train-vae",
                            "--scenes",
                            "second",
                            "--plan",
                            folder.resolve("plan.json").toString(),
                            "--out",
                            folder.resolve("run").toString(),
                            "--steps",
                            steps);
            assertThat(code).as(errors.toString()).isZero();
        }
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        assertThat(rows).hasSize(4);
        // Batches of two: a photo and its depth, normals and mask, instances and edges.
        assertThat(rows.getFirst()).contains("absolute_rgb,absolute_depth,absolute_normal,absolute_mask");
        assertThat(rows.get(3)).startsWith("3,");
    }

    @Test
    void imagesComeFromAnIndexOrFromScenes() {
        assertThat(train("--scenes", "second")).isEqualTo(2);
        assertThat(errors.toString()).contains("--index").contains("--scenes");
    }

    @Test
    void badInputIsOneLine() throws Exception {
        Files.delete(folder.resolve("1.png"));
        assertThat(train()).isEqualTo(1);
        Files.writeString(folder.resolve("plan.json"), "{\"stepz\": 1}");
        assertThat(train()).isEqualTo(1);
        assertThat(errors.toString())
                .contains("sample 'n0/1.png': ")
                .contains("unknown setting 'stepz'; the nearest known one is 'steps'");
        assertThat(errors.toString().lines()).hasSize(2);
    }
}
