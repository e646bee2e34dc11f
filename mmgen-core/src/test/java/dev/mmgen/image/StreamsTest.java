package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.modality.Modality;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes and streams in place of files, with the same result. */
class StreamsTest {

    private static final RgbImage IMAGE = RgbImage.of(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
    private static final Map<String, String> TEXTS = Map.of("Seed", "7");

    @TempDir
    private Path folder;

    /** A stream that breaks off. */
    private static InputStream broken() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the line is cut");
            }
        };
    }

    @Test
    void textsOfAPicture() throws IOException {
        Path file = folder.resolve("a.png");
        IMAGE.write(file, TEXTS);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        IMAGE.write(stream, TEXTS);
        byte[] bytes = Files.readAllBytes(file);
        assertThat(stream.toByteArray()).isEqualTo(bytes);
        assertThat(PngText.read(bytes)).isEqualTo(TEXTS).isEqualTo(PngText.read(new ByteArrayInputStream(bytes)));
        assertThatThrownBy(() -> PngText.read(broken()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("the line is cut");
    }

    @Test
    void textsOfADeepPicture() throws IOException {
        GreyImage grey = GreyImage.of(2, 1, new int[] {7, 60_000});
        Path file = folder.resolve("a.png");
        grey.write(file, TEXTS);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        grey.write(stream, TEXTS);
        assertThat(stream.toByteArray()).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void theSizeOfAPicture() {
        byte[] bytes = IMAGE.encoded(ImageFormat.BMP);
        assertThat(ImageSize.of(bytes))
                .isEqualTo(new ImageSize(2, 1))
                .isEqualTo(ImageSize.of(new ByteArrayInputStream(bytes)));
    }

    @Test
    void modalities() {
        byte[] bytes = IMAGE.encoded(ImageFormat.PNG);
        assertThat(Modality.RGB.read(new ByteArrayInputStream(bytes))).isEqualTo(IMAGE);
        assertThatThrownBy(() -> Modality.RGB.read(broken()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("rgb")
                .hasMessageContaining("the line is cut");
    }

    @Test
    void tiffsOfFloats() throws IOException {
        FloatTiff tiff = new FloatTiff(2, 1, 1, new float[] {1, -2.5f});
        Path file = folder.resolve("a.tif");
        tiff.write(file);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        tiff.write(stream);
        assertThat(stream.toByteArray()).isEqualTo(Files.readAllBytes(file));
        assertThat(FloatTiff.read(new ByteArrayInputStream(stream.toByteArray()))
                        .values())
                .isEqualTo(tiff.values());
    }
}
