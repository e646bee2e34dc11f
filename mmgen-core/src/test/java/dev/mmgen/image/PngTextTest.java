package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PngTextTest {

    private static final RgbImage IMAGE = RgbImage.of(1, 2, new byte[] {1, 2, 3, 4, 5, 6});

    @TempDir
    private Path folder;

    private Path write(Map<String, String> texts) {
        Path file = folder.resolve("image.png");
        IMAGE.write(file, texts);
        return file;
    }

    @Test
    void textsComeBackInOrderBesideThePixels() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("Seed", "7");
        texts.put("Category", "Gem\u00e4lde");
        texts.put("Title", "\u732b \ud83d\udc08");
        texts.put("Empty", "");
        Path file = write(texts);
        assertThat(PngText.read(file)).containsExactlyEntriesOf(texts);
        assertThat(RgbImage.read(file)).isEqualTo(IMAGE);
    }

    @Test
    void anotherReaderFindsThem() throws IOException {
        Path file = write(Map.of("Seed", "7"));
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            reader.setInput(in);
            IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
            IIOMetadataNode entry =
                    (IIOMetadataNode) root.getElementsByTagName("tEXtEntry").item(0);
            assertThat(entry.getAttribute("keyword")).isEqualTo("Seed");
            assertThat(entry.getAttribute("value")).isEqualTo("7");
        } finally {
            reader.dispose();
        }
    }

    @Test
    void aFileWithoutTextsIsAsItWas() throws IOException {
        assertThat(Files.readAllBytes(write(Map.of()))).isEqualTo(IMAGE.encoded(ImageFormat.PNG));
    }

    /** A text in which the zero after the translated keyword is missing. */
    private Path withoutTheLastMark() throws IOException {
        byte[] chunk = "iTXtk\0\0\0ab".getBytes(StandardCharsets.ISO_8859_1);
        byte[] image = IMAGE.encoded(ImageFormat.PNG);
        ByteBuffer file = ByteBuffer.allocate(image.length + chunk.length + 8);
        file.put(image, 0, 33).putInt(chunk.length - 4).put(chunk).putInt(0).put(image, 33, image.length - 33);
        return Files.write(folder.resolve("marks.png"), file.array());
    }

    @Test
    void whatCannotBeTextsIsRefused() throws IOException {
        assertThatIllegalArgumentException().isThrownBy(() -> write(Map.of("", "x")));
        assertThatIllegalArgumentException().isThrownBy(() -> write(Map.of("k".repeat(80), "x")));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> IMAGE.write(folder.resolve("image.jpg"), Map.of("Seed", "7")))
                .withMessageContaining(".png");
        Path cut = folder.resolve("cut.png");
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(write(Map.of("Seed", "7"))), 45));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> PngText.read(cut))
                .withMessageContaining("cut.png");
        assertThat(PngText.read(withoutTheLastMark())).isEmpty();
        Path other = Files.writeString(folder.resolve("other.png"), "no picture");
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> PngText.read(other))
                .withMessageContaining("not a PNG");
    }
}
