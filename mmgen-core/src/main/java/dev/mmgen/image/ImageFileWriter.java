package dev.mmgen.image;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A writer of image files, whole or not at all, and of images to streams. */
final class ImageFileWriter {

    private static final float JPEG_QUALITY = 0.95f;

    private ImageFileWriter() {}

    static void write(RgbImage image, Path path) {
        ImageFormat format = ImageFormat.ofName(String.valueOf(path.getFileName()))
                .filter(ImageFormat::isWritten)
                .orElseThrow(() -> new ImageException(
                        "cannot write image " + path + ": let the name end in .png, .jpg, .jpeg or .bmp"));
        writeWhole(path, () -> encode(image.toBufferedImage(), format));
    }

    static void write(RgbImage image, Path path, Map<String, String> texts) {
        if (ImageFormat.ofName(String.valueOf(path.getFileName())).orElse(null) != ImageFormat.PNG) {
            throw new ImageException("cannot write image " + path + " with texts: let the name end in .png");
        }
        writeWhole(path, () -> PngText.insert(encode(image.toBufferedImage(), ImageFormat.PNG), texts));
    }

    static void write(RgbImage image, OutputStream stream, Map<String, String> texts) {
        writeWhole(stream, () -> PngText.insert(encode(image.toBufferedImage(), ImageFormat.PNG), texts));
    }

    static void write(RgbImage image, OutputStream stream, ImageFormat format) {
        if (!format.isWritten()) {
            throw new ImageException("cannot write an image as " + format + "; use PNG, JPEG or BMP");
        }
        writeWhole(stream, () -> encode(image.toBufferedImage(), format));
    }

    /** The bytes of a file. */
    @FunctionalInterface
    interface Content {
        byte[] bytes() throws IOException;
    }

    /**
     * Writes a file, whole or not at all.
     *
     * @throws ImageException if it cannot be written
     */
    static void writeWhole(Path path, Content content) {
        Path target = path.toAbsolutePath();
        try {
            byte[] bytes = content.bytes();
            Files.createDirectories(target.resolveSibling(""));
            AtomicFile.replace(target, channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)));
        } catch (IOException e) {
            throw new ImageException("cannot write image " + path + ": " + FileReason.writing(e), e);
        }
    }

    /**
     * Writes to a stream once all bytes are there.
     *
     * @throws ImageException if the stream fails
     */
    static void writeWhole(OutputStream stream, Content content) {
        try {
            stream.write(content.bytes());
        } catch (IOException e) {
            throw new ImageException("cannot write an image to its stream: " + FileReason.writing(e), e);
        }
    }

    static byte[] encode(BufferedImage image, ImageFormat format) throws IOException {
        ImageWriter writer = format.writer();
        ImageWriteParam param = writer.getDefaultWriteParam();
        if (format == ImageFormat.JPEG) {
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(JPEG_QUALITY);
        }
        return encode(image, writer, param);
    }

    static byte[] encode(BufferedImage image, ImageWriter writer) throws IOException {
        return encode(image, writer, writer.getDefaultWriteParam());
    }

    private static byte[] encode(BufferedImage image, ImageWriter writer, ImageWriteParam param) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
