package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnimatedGifTest {

    private static final RgbImage RED = RgbImage.of(2, 1, new byte[] {-1, 0, 0, -1, 0, 0});
    private static final RgbImage BLUE = RgbImage.of(2, 1, new byte[] {0, 0, -1, 0, 0, -1});

    @TempDir
    private Path folder;

    @Test
    void picturesComeBackWithTheirTime() throws IOException {
        Path file = folder.resolve("new/a.gif");
        AnimatedGif.write(List.of(RED, BLUE, RED), 75, file);
        ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            reader.setInput(in);
            assertThat(reader.getNumImages(true)).isEqualTo(3);
            assertThat(RgbImage.of(reader.read(0))).isEqualTo(RED);
            assertThat(RgbImage.of(reader.read(1))).isEqualTo(BLUE);
            var metadata = reader.getImageMetadata(1);
            var root = (IIOMetadataNode) metadata.getAsTree(metadata.getNativeMetadataFormatName());
            var control = (IIOMetadataNode)
                    root.getElementsByTagName("GraphicControlExtension").item(0);
            assertThat(control.getAttribute("delayTime")).isEqualTo("7");
        } finally {
            reader.dispose();
        }
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .startsWith("GIF89a")
                .contains("NETSCAPE2.0\u0003\u0001\u0000\u0000");
        assertThat(RgbImage.read(file)).isEqualTo(RED);
    }

    @Test
    void animationsWithoutPicturesOrOfSeveralSizesAreRefused() {
        Path file = folder.resolve("a.gif");
        assertThatIllegalArgumentException().isThrownBy(() -> AnimatedGif.write(List.of(), 50, file));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AnimatedGif.write(List.of(RED), 0, file))
                .withMessageContaining("0 milliseconds");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AnimatedGif.write(List.of(RED, RED.crop(0, 0, 1, 1)), 50, file));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> AnimatedGif.write(List.of(RED), 50, folder.resolve("a.png")))
                .withMessageContaining("a.png");
        assertThat(folder).isEmptyDirectory();
    }
}
