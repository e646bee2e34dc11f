package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files whose heads lie, or hold what nobody needs. */
class ImageHeadsTest {

    private static RgbImage picture() {
        byte[] rgb = new byte[24 * 16 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 24 * 9 + i % 3 * 20);
        }
        return RgbImage.of(24, 16, rgb);
    }

    private static byte[] encoded(ImageFormat format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture().toBufferedImage(), format.name(), bytes);
        return format == ImageFormat.WEBP ? lossless(24, 16, 0xff204060) : bytes.toByteArray();
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void theSizeIsThatOfThePicture(ImageFormat format) throws IOException {
        Path file = Files.createTempFile("size", ".picture");
        try {
            Files.write(file, encoded(format));
            assertThat(ImageSize.of(file)).isEqualTo(new ImageSize(24, 16)).hasToString("24x16");
        } finally {
            Files.delete(file);
        }
    }

    /** A lossless WebP file of one colour: five codes of a single symbol, after which pixels take no bits. */
    private static byte[] lossless(int width, int height, int argb) {
        long head = (width - 1) | (long) (height - 1) << 14 | 1L << 28;
        ByteBuffer bits = little(ByteBuffer.allocate(13));
        bits.put((byte) 0x2f).putInt((int) head);
        long codes = 0;
        int at = 3;
        for (int shift : new int[] {8, 16, 0, 24}) {
            codes |= (0b101L | (long) (argb >> shift & 0xff) << 3) << at;
            at += 11;
        }
        codes |= 1L << at;
        bits.putLong(codes);
        return riff(chunk("VP8L", bits.array()));
    }

    private static ByteBuffer little(ByteBuffer buffer) {
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] chunk(String name, byte[] content) {
        int padding = content.length & 1;
        return little(ByteBuffer.allocate(8 + content.length + padding))
                .put(name.getBytes(StandardCharsets.ISO_8859_1))
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static byte[] riff(byte[]... chunks) {
        return chunk("RIFF", joined("WEBP".getBytes(StandardCharsets.ISO_8859_1), joined(chunks)));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    /** An animation on a canvas of 20 × 10, whose first frame of 4 × 2 lies at (6, 4); its colour profile is rubbish. */
    private static byte[] animation() {
        byte[] extended = new byte[] {0x32, 0, 0, 0, 19, 0, 0, 9, 0, 0};
        byte[] frame = new byte[] {3, 0, 0, 2, 0, 0, 3, 0, 0, 1, 0, 0, 100, 0, 0, 0};
        byte[] still = lossless(4, 2, 0xff204060);
        byte[] picture = Arrays.copyOfRange(still, 12, still.length);
        return riff(
                chunk("VP8X", extended),
                chunk("ICCP", new byte[] {1, 2, 3}),
                chunk("ANIM", new byte[6]),
                chunk("ANMF", joined(frame, picture)));
    }

    @Test
    void theFirstFrameOfAWebpAnimationSitsOnItsCanvas() {
        RgbImage seen = RgbImage.read(animation());
        RgbImage reference = RgbImage.read(animation(), ImageReading.REFERENCE);
        assertThat(seen).hasToString("RgbImage[20x10]");
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 20; x++) {
                boolean inside = x >= 6 && x < 10 && y >= 4 && y < 6;
                assertThat(seen.pixel(x, y)).isEqualTo(inside ? 0x204060 : 0xffffff);
                assertThat(reference.pixel(x, y)).isEqualTo(inside ? 0x204060 : 0);
            }
        }
    }

    @Test
    void damagedProfilesOfPngFilesDoNotMatter() throws IOException {
        byte[] png = encoded(ImageFormat.PNG);
        byte[] profile = {0, 0, 0, 3, 'i', 'C', 'C', 'P', 9, 9, 9, 1, 2, 3, 4};
        int afterHeader = 8 + 25;
        byte[] spoiled =
                joined(Arrays.copyOf(png, afterHeader), profile, Arrays.copyOfRange(png, afterHeader, png.length));
        assertThat(RgbImage.read(spoiled)).isEqualTo(picture());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6})
    void orientationIsReadFromJpegPngAndWebp(int tag) throws IOException {
        byte[] exif = {'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte) tag, 0, 0, 0, 0, 0, 0, 0};
        Orientation orientation = new Orientation(tag);
        byte[] jpeg = encoded(ImageFormat.JPEG);
        byte[] segment = joined(
                new byte[] {(byte) 0xff, (byte) 0xe1, 0, (byte) (exif.length + 8), 'E', 'x', 'i', 'f', 0, 0}, exif);
        byte[] turned = joined(Arrays.copyOf(jpeg, 2), segment, Arrays.copyOfRange(jpeg, 2, jpeg.length));
        assertThat(RgbImage.read(turned)).isEqualTo(orientation.upright(RgbImage.read(jpeg)));
        byte[] png = encoded(ImageFormat.PNG);
        byte[] named = joined("eXIf".getBytes(StandardCharsets.ISO_8859_1), exif);
        CRC32 crc = new CRC32();
        crc.update(named);
        byte[] pngChunk = ByteBuffer.allocate(4 + named.length + 4)
                .putInt(exif.length)
                .put(named)
                .putInt((int) crc.getValue())
                .array();
        byte[] turnedPng = joined(Arrays.copyOf(png, 33), pngChunk, Arrays.copyOfRange(png, 33, png.length));
        assertThat(RgbImage.read(turnedPng)).isEqualTo(orientation.upright(picture()));
        byte[] webp = lossless(4, 2, 0xff204060);
        byte[] turnedWebp = riff(
                chunk("VP8X", new byte[] {8, 0, 0, 0, 3, 0, 0, 1, 0, 0}),
                Arrays.copyOfRange(webp, 12, webp.length),
                chunk("EXIF", exif));
        assertThat(RgbImage.read(turnedWebp)).isEqualTo(orientation.upright(RgbImage.read(webp)));
    }

    /** The places of width and height in the heads that ImageIO writes. */
    @ParameterizedTest
    @CsvSource({"BMP, 18, 22, 4", "GIF, 6, 8, 2"})
    void picturesOfMorePixelsThanTheLimitAreRefused(ImageFormat format, int widthAt, int heightAt, int bytes)
            throws IOException {
        byte[] file = encoded(format);
        ByteBuffer head = little(ByteBuffer.wrap(file));
        for (int at : new int[] {widthAt, heightAt}) {
            if (bytes == 4) {
                head.putInt(at, 60_000);
            } else {
                head.putShort(at, (short) 60_000);
            }
        }
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(file))
                .withMessageContaining("60000x60000")
                .withMessageContaining("limit");
    }

    @Test
    void aJpegThatIsTooShortForItsPixelsIsRefusedBeforeItIsDecoded() throws IOException {
        byte[] file = encoded(ImageFormat.JPEG);
        for (int at = 2; at < file.length - 9; at++) {
            if (file[at] == (byte) 0xff && file[at + 1] == (byte) 0xc0) {
                ByteBuffer.wrap(file).putShort(at + 5, (short) 10_000).putShort(at + 7, (short) 10_000);
                break;
            }
        }
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.read(file))
                .withMessageContaining("is truncated");
    }

    @Test
    void aPictureOfOneColourMayTakeAHandfulOfBytes() {
        assertThat(RgbImage.read(lossless(128, 128, 0xff204060)).pixel(100, 100))
                .isEqualTo(0x204060);
    }

    /** Whatever is changed in a file, the outcome is a picture or an ImageException. */
    @ParameterizedTest
    @EnumSource
    void changedFilesAreReadOrRefused(ImageFormat format) throws IOException {
        byte[] sound = format == ImageFormat.WEBP ? animation() : encoded(format);
        Random random = new Random(20_503);
        int read = 0;
        for (int round = 0; round < 200; round++) {
            byte[] changed = Arrays.copyOf(sound, random.nextInt(4) == 0 ? random.nextInt(sound.length) : sound.length);
            for (int change = random.nextInt(4); change >= 0 && changed.length > 0; change--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(RgbImage.read(changed).width()).isPositive();
                read++;
            } catch (ImageException e) {
                assertThat(e).hasMessageContaining(changed.length + " bytes");
            }
        }
        assertThat(read).isLessThan(200);
    }

    @Test
    void greyOfSixteenBitsKeepsItsLevels() throws IOException {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSamples(0, 0, 3, 1, 0, new int[] {7, 300, 65_535});
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        assertThat(GreyImage.read(png.toByteArray()).levels()).containsExactly(7, 300, 65_535);
        assertThat(GreyImage.read(encoded(ImageFormat.PNG)).level(1, 0)).isEqualTo((9 + 29 + 49 + 1) / 3);
    }
}
