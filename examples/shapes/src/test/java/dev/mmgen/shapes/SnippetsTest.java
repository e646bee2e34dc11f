package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.image.RgbImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in this module's Javadoc. */
class SnippetsTest {

    @Test
    void aSceneIsRenderedAndWritten(@TempDir Path folder) {
        Path file = folder.resolve("scene.png");
        // @start region="world"
        Scene scene = ShapesWorld.scene(Split.TRAIN.seed(0));
        Rendering rendering = ShapesWorld.render(scene, 64, 64);
        rendering.rgb().write(file);
        // @end
        assertThat(RgbImage.read(file)).isEqualTo(rendering.rgb());
    }
}
