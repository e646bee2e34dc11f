package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.image.RgbImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line where libtorch cannot be loaded, in processes of their own. */
class NativeSideTest {

    @TempDir
    private Path folder;

    private List<String> fails(List<String> properties, String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        words.addAll(properties);
        words.add(Main.class.getName());
        words.addAll(List.of(command));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor()).isEqualTo(1);
        return Files.readString(log, StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void aMissingLibtorchIsNamed() throws IOException, InterruptedException {
        Path absent = folder.resolve("no-libtorch");
        List<String> property = List.of("-Dmmgen.libtorch=" + absent);
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        assertThat(fails(property, "generate", "-m", model.toString(), "--threads", "1"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("mmgen: ")
                .contains(absent.toString());
        assertThat(String.join("\n", fails(property, "doctor"))).contains(absent.toString(), "java ");
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamed() throws IOException, InterruptedException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(fails(List.of("-Dmmgen.cache=" + file.resolve("cache")), "generate", "-m", "x", "--threads", "1"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("mmgen: ")
                .contains(file.toString());
    }

    @Test
    void anOutputThatCannotBeWrittenIsNamedBeforeLibtorchIsFound() throws IOException, InterruptedException {
        Path file = Files.createFile(folder.resolve("file"));
        List<String> property = List.of("-Dmmgen.libtorch=" + folder.resolve("no-libtorch"));
        String inAFile = file.resolve("out").toString();
        for (List<String> command : List.of(
                List.of("generate", "-m", "x", "--threads", "1"),
                List.of("convert", "x.pt", "--vae", "v"),
                List.of("prepare", "latents", "--index", "x.jsonl", "--vae", "v", "--threads", "1"),
                List.of("evaluate", "adm", "--drawn", "x"),
                List.of("train-vae", "--index", "x.jsonl", "--threads", "1"))) {
            List<String> words = new ArrayList<>(command);
            words.addAll(List.of("-o", inAFile));
            assertThat(fails(property, words.toArray(String[]::new)))
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("mmgen: --out " + inAFile + " cannot be written, because " + file);
        }
    }

    /** Its permissions let root write there. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileSystemThatTakesNoFilesIsNamedToo() throws IOException, InterruptedException {
        assertThat(fails(
                        List.of("-Dmmgen.libtorch=" + folder.resolve("no-libtorch")),
                        "generate",
                        "-m",
                        "x",
                        "-o",
                        "/proc/nothing"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("mmgen: --out /proc/nothing cannot be written, because /proc is not a folder");
    }

    @Test
    void aHeapThatIsTooSmallIsNamedWithTheCommandAndTheRemedy() throws IOException, InterruptedException {
        Path photo = folder.resolve("photo.png");
        RgbImage.of(4000, 4000, new byte[3 * 4000 * 4000]).write(photo);
        assertThat(fails(List.of("-Xmx24m", "-XX:+UseSerialGC"), "understand", photo.toString(), "-o", "out"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("mmgen: 'mmgen understand " + photo)
                .contains("Java heap's 23 MB", "-Xmx4g", "smaller pictures");
    }

    @Test
    void memoryThatLibtorchDoesNotGetIsNamedWithItsSize() throws IOException, InterruptedException {
        // In float32 attention needs no table of all pairs, and would go on for hours.
        assertThat(fails(
                        List.of(),
                        "generate",
                        "--steps",
                        "1",
                        "--dtype",
                        "bfloat16",
                        "--width",
                        "1600000",
                        "--height",
                        "16",
                        "--any-size",
                        "-o",
                        "out"))
                .last()
                .asString()
                .startsWith("mmgen: 'mmgen generate --steps 1")
                .contains("needs a tensor of ", " bytes", "smaller size");
    }
}
