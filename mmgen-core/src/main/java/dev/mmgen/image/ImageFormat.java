package dev.mmgen.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;

/** The file formats that are read, told by their first bytes, and written, told by the file's name. */
enum ImageFormat {
    PNG("\u0089PNG\r\n\u001a\n"),
    JPEG("\u00ff\u00d8\u00ff"),
    WEBP("RIFF"),
    BMP("BM"),
    GIF("GIF8");

    private static final int WEBP_NAME_OFFSET = 8;

    private final String signature;

    ImageFormat(String signature) {
        this.signature = signature;
    }

    static Optional<ImageFormat> ofContent(byte[] file) {
        return Arrays.stream(values()).filter(format -> format.matches(file)).findFirst();
    }

    static Optional<ImageFormat> ofWritten(String fileName) {
        String extension =
                fileName.substring(Math.max(fileName.lastIndexOf('.'), 0)).toLowerCase(Locale.ROOT);
        return switch (extension) {
            case ".png" -> Optional.of(PNG);
            case ".jpg", ".jpeg" -> Optional.of(JPEG);
            case ".bmp" -> Optional.of(BMP);
            default -> Optional.empty();
        };
    }

    private boolean matches(byte[] file) {
        return contains(file, 0, signature) && (this != WEBP || contains(file, WEBP_NAME_OFFSET, "WEBP"));
    }

    private static boolean contains(byte[] file, int offset, String expected) {
        int length = expected.length();
        return file.length >= offset + length
                && new String(file, offset, length, StandardCharsets.ISO_8859_1).equals(expected);
    }

    /** Whether a decoder that asks for more bytes than there are has met a truncated file. */
    boolean tellsItsEnd() {
        return this == JPEG || this == BMP || this == GIF;
    }

    ImageReader reader() throws IOException {
        if (this == WEBP) {
            // Named outright, so that WebP files open whatever class loader ImageIO searches for plugins.
            return new WebPImageReaderSpi().createReaderInstance();
        }
        return jdkOwn(ImageIO.getImageReadersByFormatName(name()));
    }

    ImageWriter writer() throws IOException {
        return jdkOwn(ImageIO.getImageWritersByFormatName(name()));
    }

    /** Other plugins on the class path may decode to other levels. */
    private <T> T jdkOwn(Iterator<T> plugins) throws IOException {
        Module desktop = ImageIO.class.getModule();
        while (plugins.hasNext()) {
            T plugin = plugins.next();
            if (plugin.getClass().getModule() == desktop) {
                return plugin;
            }
        }
        throw new IOException("this Java runtime has no " + name() + " codec; use a JDK with the java.desktop module");
    }
}
