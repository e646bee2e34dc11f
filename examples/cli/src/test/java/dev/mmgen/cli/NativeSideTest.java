package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
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
}
