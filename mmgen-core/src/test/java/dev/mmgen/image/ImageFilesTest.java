package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.Goldens;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {

    @TempDir
    private Path folder;

    private static RgbImage picture() {
        byte[] rgb = new byte[40 * 30 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 40 * 5 + i % 3 * 20);
        }
        return RgbImage.of(40, 30, rgb);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.png", "b.PNG", "new/folders/c.bmp"})
    void losslessFormatsRoundTrip(String name) {
        picture().write(folder.resolve(name));
        assertThat(RgbImage.read(folder.resolve(name))).isEqualTo(picture());
        assertThat(RgbImage.read(folder.resolve(name), ImageReading.REFERENCE)).isEqualTo(picture());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jpg", "b.JPEG"})
    void jpegRoundTripsNearly(String name) {
        picture().write(folder.resolve(name));
        byte[] read = RgbImage.read(folder.resolve(name)).rgb();
        byte[] written = picture().rgb();
        assertThat(read).hasSameSizeAs(written);
        long sum = 0;
        for (int i = 0; i < read.length; i++) {
            sum += Math.abs((read[i] & 0xff) - (written[i] & 0xff));
        }
        assertThat((double) sum / read.length).isLessThan(3);
    }

    @Test
    void writingReplacesAndLeavesNothingElse() throws IOException {
        Path file = folder.resolve("a.png");
        Files.writeString(file, "old");
        picture().write(file);
        assertThat(RgbImage.read(file)).isEqualTo(picture());
        assertThat(filesIn(folder)).containsExactly("a.png");
    }

    @Test
    void aFileNameMayBeAsLongAsTheSystemAllows() {
        Path file = folder.resolve("n".repeat(251) + ".png");
        picture().write(file);
        assertThat(file).isRegularFile();
    }

    @Test
    void writingToTheWrongPlaceIsRefused() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("d.png"));
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertRefused(() -> picture().write(folder.resolve("a.tiff")), "a.tiff", ".png");
        for (String name : new String[] {"a", "png", "a.", "a.webp"}) {
            assertRefused(() -> picture().write(folder.resolve(name)), "let the name end in");
        }
        assertRefused(() -> picture().write(directory), "d.png", "not a regular file");
        assertRefused(() -> picture().write(file.resolve("a.png")), "a.png");
        assertThat(filesIn(folder)).containsExactlyInAnyOrder("d.png", "file");
    }

    @Test
    void filesThatAreNoImagesAreRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "not an image at all");
        Path empty = Files.createFile(folder.resolve("empty.png"));
        assertRefused(() -> RgbImage.read(folder.resolve("none.png")), "none.png", "check the path");
        assertRefused(() -> RgbImage.read(folder), folder.toString(), "folder");
        assertRefused(() -> RgbImage.read(text), "text.png", "not a PNG");
        assertRefused(() -> RgbImage.read(empty), "empty.png", "empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "bmp", "gif"})
    void truncatedFilesAreRefused(String extension) throws IOException {
        Path file = folder.resolve("cut." + extension);
        ImageIO.write(picture().toBufferedImage(), extension, file.toFile());
        byte[] whole = Files.readAllBytes(file);
        RgbImage.read(file);
        for (int length : new int[] {whole.length * 9 / 10, whole.length / 2, whole.length / 5, 12}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused(() -> RgbImage.read(file), "cut." + extension, "fetch it again");
        }
    }

    @Test
    void damagedPngFilesAreRefused() throws IOException {
        Path file = folder.resolve("damaged.png");
        picture().write(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertRefused(() -> RgbImage.read(file), "damaged.png", "checksum");
    }

    @Test
    void decompressionBombsAreRefusedByTheirHeader() throws IOException {
        Path file = folder.resolve("bomb.png");
        Files.write(file, pngOfNothing(60_000, 60_000));
        assertRefused(() -> RgbImage.read(file), "bomb.png", "60000x60000", "limit");
    }

    private static byte[] pngOfNothing(int width, int height) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(width);
        fields.writeInt(height);
        fields.write(new byte[] {8, 2, 0, 0, 0});
        for (var chunk : new Object[][] {{"IHDR", header.toByteArray()}, {"IDAT", new byte[0]}}) {
            byte[] content = (byte[]) chunk[1];
            byte[] type = ((String) chunk[0]).getBytes(StandardCharsets.ISO_8859_1);
            CRC32 crc = new CRC32();
            crc.update(type);
            crc.update(content);
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(content.length);
            out.write(type);
            out.write(content);
            out.writeInt((int) crc.getValue());
        }
        return bytes.toByteArray();
    }

    @Test
    void theTwoReadingsDifferInTransparency() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x400000ff);
        Path file = write(image);
        assertThat(RgbImage.read(file).pixel(0, 0)).isEqualTo(0xbfbfff);
        assertThat(RgbImage.read(file, ImageReading.REFERENCE).pixel(0, 0)).isEqualTo(0x0000ff);
    }

    @Test
    void theTwoReadingsDifferIn16BitGrey() throws IOException {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSamples(0, 0, 3, 1, 0, new int[] {200, 0x8080, 65535});
        Path file = write(image);
        assertThat(RgbImage.read(file).rgb()).containsExactly(1, 1, 1, 128, 128, 128, 255, 255, 255);
        assertThat(RgbImage.read(file, ImageReading.REFERENCE).rgb())
                .containsExactly(200, 200, 200, 255, 255, 255, 255, 255, 255);
    }

    @Test
    void theTwoReadingsDifferInOrientation() {
        Path file = Goldens.folder("image_prep").path("in/jpeg_exif_orientation6.jpg");
        RgbImage stored = RgbImage.read(file, ImageReading.REFERENCE);
        RgbImage upright = RgbImage.read(file);
        assertThat(upright).isEqualTo(new Orientation(6).upright(stored));
        assertThat(upright.pixel(upright.width() - 1, 0)).isEqualTo(stored.pixel(0, 0));
    }

    private Path write(BufferedImage image) throws IOException {
        Path file = folder.resolve("image.png");
        assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
        return file;
    }

    private static Stream<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }

    private static void assertRefused(Runnable action, String... parts) {
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(action::run)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }
}
