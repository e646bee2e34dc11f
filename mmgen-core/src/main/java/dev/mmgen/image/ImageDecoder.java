package dev.mmgen.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageReader;
import org.jspecify.annotations.Nullable;

/** The way from the bytes of an image file to its pixels. */
final class ImageDecoder {

    private final ImageFormat format;
    private final EncodedPicture picture;

    private ImageDecoder(ImageFormat format, EncodedPicture picture) {
        this.format = format;
        this.picture = picture;
    }

    /**
     * Reads the head of a file.
     *
     * @throws ImageException if it is no image that is read, or claims too many pixels
     * @throws IOException if it is damaged
     */
    static ImageDecoder of(byte[] file) throws IOException {
        ImageFormat format = ImageFormat.ofContent(file).orElseThrow(() -> new ImageException(ForeignFile.of(file)));
        return new ImageDecoder(format, EncodedPicture.parse(file, format));
    }

    /** Returns 8-bit pixels. */
    RgbImage toRgbImage(ImageReading reading) throws IOException {
        boolean clipGrey16 = picture instanceof PngFile png && png.isGreyWithoutAlpha();
        RgbImage image = picture instanceof JpegFile jpeg
                ? decode(jpeg)
                : new SampleConversion(reading, clipGrey16).toRgbImage(toBufferedImage());
        return reading == ImageReading.NATURAL ? orientation().upright(image) : image;
    }

    /** Returns the samples as the file has them, not upright. */
    BufferedImage toBufferedImage() throws IOException {
        return switch (picture) {
            case JpegFile jpeg -> decode(jpeg).toBufferedImage();
            case GifFile gif -> gif.place().paintIndexed(decode());
            case WebpFile webp -> webp.place().paintColoured(decode());
            default -> decode();
        };
    }

    /** Returns the size of the picture that {@link #toBufferedImage} returns; nothing is decoded for it. */
    ImageSize size() throws IOException {
        return switch (picture) {
            case PngFile png -> new ImageSize(png.width(), png.height());
            case JpegFile jpeg ->
                new ImageSize(jpeg.frame().width(), jpeg.frame().height());
            case GifFile gif -> new ImageSize(gif.place().width(), gif.place().height());
            case WebpFile webp ->
                new ImageSize(webp.place().width(), webp.place().height());
            case BmpFile _ -> decode(reader -> new ImageSize(reader.getWidth(0), reader.getHeight(0)));
        };
    }

    /** Returns how the camera was held. */
    Orientation orientation() {
        return Exif.orientation(picture.exif());
    }

    private RgbImage decode(JpegFile jpeg) throws IOException {
        JpegColours colours = jpeg.colours();
        return decode(reader -> colours.toRgbImage(reader.readRaster(0, null), jpeg.frame()));
    }

    private BufferedImage decode() throws IOException {
        return decode(reader -> reader.read(0));
    }

    /** A call of an ImageIO decoder. */
    private interface Pass<T> {
        T from(ImageReader reader) throws IOException;
    }

    private <T> T decode(Pass<T> pass) throws IOException {
        ImageReader reader = format.reader();
        try (ByteSource source = new ByteSource(picture.decoded())) {
            T decoded = decode(reader, source, pass);
            if (source.ranOut() && format.tellsItsEnd()) {
                throw truncated(null);
            }
            return decoded;
        } finally {
            reader.dispose();
        }
    }

    private static <T> T decode(ImageReader reader, ByteSource source, Pass<T> pass) throws IOException {
        try {
            reader.setInput(source, true, true);
            // Decoders read heads by rules of their own, so theirs is asked too before they allocate.
            RgbImage.byteCount(reader.getWidth(0), reader.getHeight(0));
            return pass.from(reader);
        } catch (IOException e) {
            throw source.ranOut() ? truncated(e) : e;
        }
    }

    private static IOException truncated(@Nullable IOException cause) {
        return new IOException("the file is truncated", cause);
    }
}
