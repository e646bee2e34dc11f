package dev.mmgen.fuzz;

import dev.mmgen.fuzz.FileTarget.Form;
import dev.mmgen.image.AnimatedGif;
import dev.mmgen.image.FloatTiff;
import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.PngText;
import dev.mmgen.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** The readers of pictures, one target for each format. */
final class ImageTargets {

    private static final String RECORDED = "mmgen-core/src/test/resources/goldens/image_prep/in";
    private static final String REPORTED = "mmgen-core/src/test/resources/cases";

    /** The one that once hung takes a hundred times as long as the others. */
    private static final int LARGEST_WEBP = 1000;

    private static final int PNG_SIGNATURE = 8;
    private static final int PNG_CHUNK = 12;

    private ImageTargets() {}

    static Target png() {
        List<byte[]> seeds = new ArrayList<>(Seeds.files(RECORDED, ".png"));
        seeds.addAll(Seeds.files(REPORTED, "m01.png"));
        for (int type : new int[] {
            BufferedImage.TYPE_INT_ARGB,
            BufferedImage.TYPE_BYTE_GRAY,
            BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_BYTE_INDEXED,
            BufferedImage.TYPE_BYTE_BINARY
        }) {
            seeds.add(encoded("png", new BufferedImage(17, 11, type), false));
            seeds.add(encoded("png", new BufferedImage(17, 11, type), true));
        }
        seeds.add(picture().encoded(ImageFormat.PNG));
        return target(
                "picture.png", seeds, ImageTargets::withChecksums, "IHDR", "IDAT", "PLTE", "tRNS", "eXIf", "IEND");
    }

    static Target jpeg() {
        List<byte[]> seeds = new ArrayList<>(Seeds.files(RECORDED, ".jpg"));
        seeds.addAll(Seeds.files(REPORTED, ".jpg"));
        seeds.add(picture().encoded(ImageFormat.JPEG));
        seeds.add(encoded("jpeg", picture().toBufferedImage(), true));
        seeds.add(encoded("jpeg", new BufferedImage(33, 9, BufferedImage.TYPE_BYTE_GRAY), false));
        return target(
                "picture.jpg",
                seeds,
                (file, _) -> file,
                "\u00ff\u00c0",
                "\u00ff\u00c2",
                "\u00ff\u00da",
                "\u00ff\u00dd\u0000\u0004\u0000\u0001",
                "\u00ff\u00d9",
                "\u00ff\u00ee\u0000\u000eAdobe",
                "\u00ff\u00e1",
                "Exif\u0000\u0000",
                "ICC_PROFILE\u0000");
    }

    static Target webp() {
        return target(
                "picture.webp",
                Seeds.files(CorpusReplay.CORPUS + "/webp", ".webp").stream()
                        .filter(file -> file.length < LARGEST_WEBP)
                        .toList(),
                ImageTargets::withRiffLength,
                "VP8 ",
                "VP8L",
                "VP8X",
                "ALPH",
                "ANIM",
                "ANMF",
                "EXIF",
                "ICCP",
                "\u009d\u0001\u002a");
    }

    static Target bmp() {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(picture().encoded(ImageFormat.BMP));
        for (int type : new int[] {
            BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_BYTE_BINARY, BufferedImage.TYPE_USHORT_565_RGB
        }) {
            seeds.add(encoded("bmp", new BufferedImage(17, 11, type), false));
        }
        seeds.add(runLengths());
        return target("picture.bmp", seeds, (file, _) -> file);
    }

    static Target gif() {
        List<byte[]> seeds = new ArrayList<>(Seeds.files(REPORTED, ".gif"));
        seeds.add(encoded("gif", new BufferedImage(17, 11, BufferedImage.TYPE_BYTE_INDEXED), false));
        seeds.add(encoded("gif", new BufferedImage(17, 11, BufferedImage.TYPE_BYTE_INDEXED), true));
        seeds.add(Seeds.written("a.gif", file -> AnimatedGif.write(List.of(picture(), picture()), 100, file)));
        return target("picture.gif", seeds, (file, _) -> file, "\u0021\u00f9\u0004", "\u002c", "\u003b", "NETSCAPE2.0");
    }

    static Target tiff() {
        float[] values = new float[3 * 11 * 17];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * i / 7f;
        }
        List<byte[]> seeds = new ArrayList<>();
        for (int samples : new int[] {1, 3}) {
            float[] some = Arrays.copyOf(values, 11 * 17 * samples);
            seeds.add(Seeds.written("a.tif", file -> new FloatTiff(11, 17, samples, some).write(file)));
        }
        return new FileTarget(Form.of("numbers.tif", seeds, ImageException.class, FloatTiff::read)
                .words("\u0000\u0001", "\u0001\u0000", "\u0080\u0005", "\u0000\u0008", "\u0001\u0042", "\u0001\u0044"));
    }

    static Target pngText() {
        List<byte[]> seeds = List.of(Seeds.written(
                "a.png", file -> picture().write(file, Map.of("mmgen", "{\"seed\": 7}", "Title", "ü\u4e00"))));
        return new FileTarget(Form.of("traced.png", seeds, ImageException.class, PngText::read)
                .words("tEXt", "iTXt", "zTXt", "IEND", "\u0000")
                .finish(ImageTargets::withChecksums));
    }

    private static Target target(String name, List<byte[]> seeds, FileTarget.Finish finish, String... words) {
        return new FileTarget(Form.of(name, seeds, ImageException.class, ImageTargets::read)
                .words(words)
                .finish(finish)
                .declared(ImageTargets::declaredBytes));
    }

    /** The file's length decides how it is read, so that an input read again is read the same way. */
    private static void read(Path file) {
        switch ((int) (file.toFile().length() % 4)) {
            case 0 -> GreyImage.read(file);
            case 1 -> MaskImage.read(file);
            case 2 -> RgbImage.read(file, ImageReading.REFERENCE);
            default -> RgbImage.read(file);
        }
    }

    private static RgbImage picture() {
        byte[] pixels = new byte[3 * 24 * 17];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * i / 7);
        }
        return RgbImage.of(24, 17, pixels);
    }

    private static byte[] encoded(String format, BufferedImage image, boolean progressive) {
        for (int i = 0; i < image.getWidth() * image.getHeight(); i++) {
            image.setRGB(i % image.getWidth(), i / image.getWidth(), i * 0x01234567);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ImageWriteParam settings = writer.getDefaultWriteParam();
        if (progressive) {
            settings.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        }
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        writer.dispose();
        return bytes.toByteArray();
    }

    /** A BMP file of 8 bits in run lengths, which Java cannot write. */
    private static byte[] runLengths() {
        byte[] runs = {4, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 2, 1, 1, 2, 1, 0, 0, 4, 1, 0, 1};
        ByteBuffer file = ByteBuffer.allocate(14 + 40 + 8 + runs.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'B').put((byte) 'M').putInt(file.capacity()).putInt(0).putInt(62);
        file.putInt(40)
                .putInt(4)
                .putInt(4)
                .putShort((short) 1)
                .putShort((short) 8)
                .putInt(1);
        file.putInt(runs.length)
                .putInt(2835)
                .putInt(2835)
                .putInt(2)
                .putInt(0)
                .putInt(0)
                .putInt(0x00ffffff);
        return file.put(runs).array();
    }

    private static byte[] withChecksums(byte[] file, RandomGenerator random) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        if (random.nextInt(8) == 0) {
            return file;
        }
        for (int at = PNG_SIGNATURE; at + PNG_CHUNK <= file.length; ) {
            int length = bytes.getInt(at);
            if (length < 0 || length > file.length - at - PNG_CHUNK) {
                break;
            }
            CRC32 crc = new CRC32();
            crc.update(file, at + 4, 4 + length);
            bytes.putInt(at + 8 + length, (int) crc.getValue());
            at += PNG_CHUNK + length;
        }
        return file;
    }

    private static byte[] withRiffLength(byte[] file, RandomGenerator random) {
        if (file.length >= 8 && random.nextInt(4) != 0) {
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4, file.length - 8);
        }
        return file;
    }

    /** The bytes of the pixels that the head of a file speaks of, as 8-bit RGB. */
    private static long declaredBytes(byte[] file) {
        ByteBuffer big = ByteBuffer.wrap(file);
        ByteBuffer little = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        String start = new String(file, 0, Math.min(file.length, 16), StandardCharsets.ISO_8859_1);
        if (file.length < 30) {
            return 0;
        } else if (start.startsWith("\u0089PNG")) {
            return pixels(big.getInt(16), big.getInt(20));
        } else if (start.startsWith("BM")) {
            return pixels(little.getInt(18), Math.abs((long) little.getInt(22)));
        } else if (start.startsWith("GIF")) {
            return gifPixels(little);
        } else if (start.startsWith("RIFF")) {
            return webpPixels(file, little);
        }
        long most = 0;
        for (int at = 2; at + 9 < file.length; at++) {
            if (file[at] == (byte) 0xff && (file[at + 1] & 0xf0) == 0xc0) {
                most = Math.max(most, pixels(big.getShort(at + 5) & 0xffff, big.getShort(at + 7) & 0xffff));
            }
        }
        return most;
    }

    /** The canvas, widened by the first picture: extensions lie before it, and a table of colours before them. */
    private static long gifPixels(ByteBuffer file) {
        long width = file.getShort(6) & 0xffff;
        long height = file.getShort(8) & 0xffff;
        int flags = file.get(10);
        int at = 13 + ((flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1));
        while (at + 9 < file.limit() && file.get(at) == 0x21) {
            at += 2;
            while (at < file.limit() && file.get(at) != 0) {
                at += 1 + (file.get(at) & 0xff);
            }
            at++;
        }
        if (at + 9 < file.limit() && file.get(at) == 0x2c) {
            width = Math.max(width, (file.getShort(at + 1) & 0xffff) + (file.getShort(at + 5) & 0xffff));
            height = Math.max(height, (file.getShort(at + 3) & 0xffff) + (file.getShort(at + 7) & 0xffff));
        }
        return pixels(width, height);
    }

    private static long webpPixels(byte[] file, ByteBuffer little) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        long most = 0;
        for (int at = text.indexOf("VP8"); at >= 0 && at + 18 <= file.length; at = text.indexOf("VP8", at + 1)) {
            int content = at + 8;
            most = Math.max(
                    most,
                    switch (file[at + 3]) {
                        case 'X' ->
                            pixels(1 + (little.getInt(content + 4) & 0xffffff), 1 + (little.getInt(content + 6) >>> 8));
                        case 'L' ->
                            pixels(
                                    1 + (little.getInt(content + 1) & 0x3fff),
                                    1 + (little.getInt(content + 1) >>> 14 & 0x3fff));
                        default -> pixels(little.getShort(content + 6) & 0x3fff, little.getShort(content + 8) & 0x3fff);
                    });
        }
        return most;
    }

    /** Returns the bytes of a picture; 0 over the limit of pixels, which must be refused before it costs anything. */
    private static long pixels(long width, long height) {
        return width < 1 || height < 1 || width > RgbImage.MAX_PIXELS / height ? 0 : 3 * width * height;
    }
}
