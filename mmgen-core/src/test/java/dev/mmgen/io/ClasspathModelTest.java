package dev.mmgen.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.MmGen;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.image.RgbImage;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class ClasspathModelTest {

    @TempDir
    private Path resources;

    private ClassLoader before;

    @BeforeEach
    void putOnTheClassPath() throws Exception {
        SmallModelFolder.write(Files.createDirectory(resources.resolve("some-model")));
        before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread()
                .setContextClassLoader(
                        new URLClassLoader(new URL[] {resources.toUri().toURL()}, before));
    }

    @AfterEach
    void takeOff() {
        Thread.currentThread().setContextClassLoader(before);
    }

    private static RgbImage draw(MmGen mmgen) {
        return mmgen.generate().category(1).seed(2).steps(2).run().rgb();
    }

    @Test
    void resourcesDrawLikeTheFolder() {
        try (MmGen fromFolder = MmGen.open(resources.resolve("some-model").toString());
                MmGen fromResources = MmGen.open("classpath:some-model")) {
            assertThat(draw(fromResources)).isEqualTo(draw(fromFolder));
        }
    }

    @Test
    void theTemporaryCopyIsRemoved() {
        ClasspathModel model = ClasspathModel.open("some-model");
        assertThat(model.folder().resolve("vae/config.json")).exists();
        model.close();
        assertThat(model.folder()).doesNotExist();
        model.close();
    }

    @Test
    void missingResourcesAreNamed() throws Exception {
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> MmGen.open("classpath:another-model"))
                .withMessageContaining("another-model/config.json")
                .withMessageContaining("mmgen-model-shapes");
        Files.delete(resources.resolve("some-model/model.safetensors"));
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> MmGen.open("classpath:some-model"))
                .withMessageContaining(
                        "some-model/model.safetensors: is neither on the class path nor on the module path");
    }
}
