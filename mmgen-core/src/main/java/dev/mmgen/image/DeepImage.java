package dev.mmgen.image;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;

/** An image of more than the 256 levels of {@link RgbImage}, which PNG files hold at 16 bits per channel. */
public sealed interface DeepImage permits FloatImage, GreyImage {

    /** Returns a PNG file of 16 bits per channel, of one channel (grey) or three. */
    byte[] toPng();

    /**
     * Writes a PNG of 16 bits per channel, whole or not at all. Missing folders are made.
     *
     * @throws ImageException if the file cannot be written
     */
    default void write(Path file) {
        write(file, Map.of());
    }

    /**
     * Writes a PNG of 16 bits per channel with texts, see {@link #write(Path)}.
     *
     * @param texts by keywords of 1 to 79 printable ASCII characters
     */
    default void write(Path file, Map<String, String> texts) {
        ImageFileWriter.writeWhole(file, () -> PngText.insert(toPng(), texts));
    }

    /**
     * Writes a PNG of 16 bits per channel to a stream, which the caller closes.
     *
     * @throws ImageException if the stream fails
     */
    default void write(OutputStream stream) {
        write(stream, Map.of());
    }

    /** Writes a PNG of 16 bits per channel with texts to a stream, see {@link #write(Path, Map)}; the caller closes it. */
    default void write(OutputStream stream, Map<String, String> texts) {
        ImageFileWriter.writeWhole(stream, () -> PngText.insert(toPng(), texts));
    }
}
