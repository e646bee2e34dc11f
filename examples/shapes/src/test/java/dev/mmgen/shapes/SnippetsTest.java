package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.autoencoder.ImageBatch;
import dev.mmgen.train.autoencoder.ImageBatches;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in this module's Javadoc. */
class SnippetsTest {

    @Test
    void aSceneIsRenderedAndWritten(@TempDir Path folder) {
        Path file = folder.resolve("scene.png");
        // @start region="world"
        Scene scene = ShapesWorld.FIRST.scene(Split.TRAIN.seed(0));
        Rendering rendering = ShapesWorld.render(scene, 64, 64);
        rendering.rgb().write(file);
        // @end
        assertThat(RgbImage.read(file)).isEqualTo(rendering.rgb());
    }

    @Test
    void scenesAreRenderedWithoutEnd() {
        // @start region="endless"
        EndlessScenes scenes = EndlessScenes.of(ShapesWorld.SECOND, Split.TRAIN).withThreads(2);
        try (ImageBatches images = scenes.images(12);
                TensorScope _ = TensorScope.open()) {
            ImageBatch batch = images.next(); // [12, 3, 128, 128]: three pictures of each of four scenes
            // @end
            assertThat(batch.images().shape().toArray()).containsExactly(12, 3, 128, 128);
        }
    }
}
