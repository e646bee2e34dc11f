package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that users of such software reported, with the pixels that Pillow reads. */
class ReportedImagesTest {

    @TempDir
    private Path folder;

    private static byte[] file(String name) throws IOException {
        try (InputStream in = ReportedImagesTest.class.getResourceAsStream("/cases/" + name)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gif_offset.gif", "icc_duplicate_segment.jpg", "s440.jpg"})
    void pixelsAreThoseOfPillow(String name) throws IOException {
        RgbImage expected = RgbImage.read(file("expected/" + name + ".png"));
        for (ImageReading reading : ImageReading.values()) {
            assertThat(RgbImage.read(file(name), reading)).isEqualTo(expected);
        }
        assertThat(RgbImage.read(new ByteArrayInputStream(file(name)))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"gif_offset.gif, a.png", "icc_duplicate_segment.jpg, b.webp", "s440.jpg, c"})
    void formatsAreToldByContentNotByName(String name, String written) throws IOException {
        Path path = Files.write(folder.resolve(written), file(name));
        assertThat(RgbImage.read(path)).isEqualTo(RgbImage.read(file("expected/" + name + ".png")));
    }

    @Test
    @Timeout(60)
    void aPlugInThatReadsPastTheEndIsStopped() throws IOException {
        Path path = Files.write(folder.resolve("hang.webp"), file("hang.webp"));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(path))
                .withMessageContaining("hang.webp")
                .withMessageContaining("the file is truncated");
    }

    /** The picture claims 7,245 × 186 pixels: 64 MB and 8 bytes for each of them would be 74 MB. */
    @Test
    void aPlugInThatReadsPastTheEndStaysWithin64Megabytes() throws IOException, InterruptedException {
        Path path = Files.write(folder.resolve("hang.webp"), file("hang.webp"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReportedImagesTest.class.getName(),
                        path.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("hang.webp", "the file is truncated");
    }

    /** Reads a file and prints why it was refused. */
    public static void main(String[] arguments) {
        try {
            RgbImage.read(Path.of(arguments[0]));
            System.out.println("it was read");
        } catch (ImageException e) {
            System.out.println(e.getMessage());
        }
    }

    @Test
    void aGitLfsPointerAndAnHtmlPageAreCalledSo() throws IOException {
        Path pointer = Files.write(folder.resolve("cat.png"), file("lfs.safetensors"));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(pointer))
                .withMessageContaining("cat.png")
                .withMessageContaining("Git LFS pointer")
                .withMessageContaining("git lfs pull");
        Path page = Files.writeString(folder.resolve("dog.jpg"), "\ufeff\n<!DOCTYPE html><title>404</title>");
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(page))
                .withMessageContaining("dog.jpg")
                .withMessageContaining("HTML page");
    }

    @ParameterizedTest
    @CsvSource({"II*\0..., TIFF", "....ftypheic, HEIC", "%PDF-1.7, PDF", "<svg>, SVG"})
    void otherKindsOfFilesAreCalledByName(String head, String kind) {
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(head.getBytes(StandardCharsets.ISO_8859_1)))
                .withMessageContaining(kind)
                .withMessageContaining("PNG");
    }

    @ParameterizedTest
    @EnumSource(names = {"PNG", "BMP"})
    void picturesPassThroughStreams(ImageFormat format) throws IOException {
        RgbImage picture = RgbImage.read(file("expected/s440.jpg.png"));
        assertThat(RgbImage.read(new ByteArrayInputStream(picture.encoded(format))))
                .isEqualTo(picture);
    }

    @Test
    void aStreamThatFailsIsAnImageException() {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }
        };
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(broken))
                .withMessageContaining("stream")
                .withMessageContaining("connection reset");
    }
}
