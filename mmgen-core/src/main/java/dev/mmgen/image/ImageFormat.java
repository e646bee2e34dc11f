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
import javax.imageio.spi.IIORegistry;

/**
 * A file format of images. All are read, told by their first bytes; single pictures are written as {@link #PNG},
 * {@link #JPEG} and {@link #BMP}, and {@link AnimatedGif} writes {@link #GIF}.
 */
public enum ImageFormat {
    /** Lossless, of any depth up to 16 bits. */
    PNG("\u0089PNG\r\n\u001a\n"),
    /** Lossy, of 8 bits. */
    JPEG("\u00ff\u00d8\u00ff"),
    /** Lossy or lossless, of 8 bits; read only. */
    WEBP("RIFF"),
    /** Lossless, of 8 bits. */
    BMP("BM"),
    /** Up to 256 colours. */
    GIF("GIF8");

    private static final int WEBP_NAME_OFFSET = 8;

    /*
     * AWT, behind ImageIO, keeps the context class loader of whoever asks it first for as long as the JVM runs. In a server that would
     * be the loader of an application, which could never be collected. The search for plugins is the caller's all the same.
     */
    static {
        Thread caller = Thread.currentThread();
        ClassLoader context = caller.getContextClassLoader();
        caller.setContextClassLoader(ClassLoader.getSystemClassLoader());
        try {
            IIORegistry.getDefaultInstance();
        } finally {
            caller.setContextClassLoader(context);
        }
        if (context != ClassLoader.getSystemClassLoader()) {
            ImageIO.scanForPlugins();
        }
    }

    private final String signature;

    ImageFormat(String signature) {
        this.signature = signature;
    }

    static Optional<ImageFormat> ofContent(byte[] file) {
        return Arrays.stream(values()).filter(format -> format.matches(file)).findFirst();
    }

    /** Returns the format whose extension a file name has, in any case: for example {@link #JPEG} for {@code a.JPG}. */
    public static Optional<ImageFormat> ofName(String fileName) {
        String extension =
                fileName.substring(Math.max(fileName.lastIndexOf('.'), 0)).toLowerCase(Locale.ROOT);
        return switch (extension) {
            case ".png" -> Optional.of(PNG);
            case ".jpg", ".jpeg" -> Optional.of(JPEG);
            case ".webp" -> Optional.of(WEBP);
            case ".bmp" -> Optional.of(BMP);
            case ".gif" -> Optional.of(GIF);
            default -> Optional.empty();
        };
    }

    boolean isWritten() {
        return this == PNG || this == JPEG || this == BMP;
    }

    private boolean matches(byte[] file) {
        return contains(file, 0, signature) && (this != WEBP || contains(file, WEBP_NAME_OFFSET, "WEBP"));
    }

    private static boolean contains(byte[] file, int offset, String expected) {
        int length = expected.length();
        return file.length >= offset + length
                && new String(file, offset, length, StandardCharsets.ISO_8859_1).equals(expected);
    }

    /** Returns true if a decoder that asks for more bytes than there are has met a truncated file. */
    boolean tellsItsEnd() {
        return this == JPEG || this == BMP || this == GIF;
    }

    ImageReader reader() throws IOException {
        if (this == WEBP) {
            // Named outright, so that WebP files open whatever class loader ImageIO searches for plugins.
            return webp();
        }
        return jdkOwn(ImageIO.getImageReadersByFormatName(name()), name());
    }

    private static ImageReader webp() throws IOException {
        try {
            return new WebPImageReaderSpi().createReaderInstance();
        } catch (NoClassDefFoundError e) {
            throw new IOException(
                    "this program has no WebP decoder; add com.twelvemonkeys.imageio:imageio-webp, which comes with"
                            + " mmgen-core unless excluded, to its class path or module path",
                    e);
        }
    }

    ImageWriter writer() throws IOException {
        return jdkOwn(ImageIO.getImageWritersByFormatName(name()), name());
    }

    /** TIFF is for floats alone, see {@link FloatTiff}. */
    static ImageWriter tiffWriter() throws IOException {
        return jdkOwn(ImageIO.getImageWritersByFormatName("TIFF"), "TIFF");
    }

    static ImageReader tiffReader() throws IOException {
        return jdkOwn(ImageIO.getImageReadersByFormatName("TIFF"), "TIFF");
    }

    /** Other plugins on the class path may decode to other levels. */
    private static <T> T jdkOwn(Iterator<T> plugins, String name) throws IOException {
        Module desktop = ImageIO.class.getModule();
        while (plugins.hasNext()) {
            T plugin = plugins.next();
            if (plugin.getClass().getModule() == desktop) {
                return plugin;
            }
        }
        throw new IOException("this Java runtime has no " + name + " codec; use a JDK with the java.desktop module");
    }
}
