package dev.mmgen.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.SamplingDefaults;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model folders that become others: in another type, with other sampling defaults. */
class ConvertTest {

    @TempDir
    Path folder;

    @Test
    void aFolderBecomesOneOfAnotherTypeWithOtherDefaults() throws Exception {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            Path whole = folder.resolve("whole");
            CommandRun.succeed("convert", box.folder(), "--dtype", "float32", "--steps", 3, "--shift", 4, "-o", whole);
            SamplingDefaults before = ModelFolder.open(box.folder()).config().sampling();
            assertThat(ModelFolder.open(whole).config().sampling())
                    .isEqualTo(before.withSteps(3).withShift(4));
            assertThat(ModelFolder.open(whole).config().reading().shift()).isEqualTo(1);
            long size = Files.size(box.folder().resolve("model.safetensors"));
            assertThat(Files.size(whole.resolve("model.safetensors"))).isBetween(19 * size / 10, 2 * size);
            CommandRun.succeed(
                    "generate", "-m", whole, "--category", "cube", "-o", folder.resolve("drawn"), "--threads", 1);
            assertThat(folder.resolve("drawn")).isNotEmptyDirectory();
        }
    }

    @Test
    void aModelOfVelocitiesIsGivenNoSamplerOfFlowMaps() {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            CommandRun run =
                    CommandRun.of("convert", box.folder(), "--sampler", "flow-map", "-o", folder.resolve("new"));
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errorLines())
                    .singleElement()
                    .asString()
                    .contains("setting 'sampling' has the sampler flow-map, but the model predicts velocities");
            assertThat(folder.resolve("new")).doesNotExist();
        }
    }

    @Test
    void aFolderIsNotConvertedIntoItself() throws Exception {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            Path source = folder.resolve("source");
            CommandRun.succeed("convert", box.folder(), "-o", source);
            CommandRun run = CommandRun.of("convert", source, "-o", source.resolve("vae/new"));
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errorLines())
                    .singleElement()
                    .asString()
                    .contains("vae/new is the folder of the model itself, or lies in it");
            try (Stream<Path> files = Files.walk(source)) {
                assertThat(files.filter(file -> file.toString().contains("new")
                                || file.toString().contains(".tmp")))
                        .isEmpty();
            }
        }
    }

    @Test
    void whatIsForCheckpointsIsRefusedOfAFolder() {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            Path vae = box.folder().resolve("vae");
            CommandRun run = CommandRun.of("convert", box.folder(), "--vae", vae, "-o", folder.resolve("new"));
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.errorLines().getFirst())
                    .contains("--vae, --guide and --projectors are for a .pt checkpoint");
            assertThat(folder.resolve("new")).doesNotExist();
        }
    }
}
