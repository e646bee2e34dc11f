package dev.mmgen.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/** An image of 8-bit RGB pixels, rows from top to bottom. Immutable, so any thread may use it. */
public final class RgbImage {

    /** The most pixels that an image may have: Pillow's limit against decompression bombs. */
    public static final int MAX_PIXELS = 178_956_970;

    private final int width;
    private final int height;
    private final byte[] rgb;

    private RgbImage(int width, int height, byte[] rgb) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /**
     * Returns the image with these pixels.
     *
     * @param width columns, at least 1
     * @param height rows, at least 1
     * @param rgb {@code [height, width, 3]} levels, each 0 to 255 as an unsigned byte; copied
     * @throws IllegalArgumentException if a size is not positive or the array has another length
     * @throws ImageException if the image has more than {@link #MAX_PIXELS} pixels
     */
    public static RgbImage of(int width, int height, byte[] rgb) {
        int length = byteCount(width, height);
        if (rgb.length != length) {
            throw new IllegalArgumentException(
                    width + "x" + height + " RGB pixels are " + length + " bytes, not " + rgb.length);
        }
        return new RgbImage(width, height, rgb.clone());
    }

    /**
     * Returns the picture, as a person sees it: transparent pixels are laid over white. Grey levels are taken as they
     * are and colour profiles are not applied.
     *
     * @throws ImageException if the image has more than {@link #MAX_PIXELS} pixels
     */
    public static RgbImage of(BufferedImage image) {
        return new SampleConversion(ImageReading.NATURAL, false).toRgbImage(image);
    }

    /**
     * Reads a PNG, JPEG, WebP, BMP or GIF file (of an animation, the first picture on its canvas) as a person sees it. The
     * format is told by the file's content, not by its name.
     *
     * @throws ImageException if the file is missing, damaged, of another format, over 1 GiB, or has more than
     *     {@link #MAX_PIXELS} pixels; the message names it
     */
    public static RgbImage read(Path file) {
        return read(file, ImageReading.NATURAL);
    }

    /** Reads an image file in another way, see {@link #read(Path)}. */
    public static RgbImage read(Path file, ImageReading reading) {
        return ImageInput.of(file).read(decoder -> decoder.toRgbImage(reading));
    }

    /** Reads the bytes of an image file, see {@link #read(Path)}. */
    public static RgbImage read(byte[] file) {
        return read(file, ImageReading.NATURAL);
    }

    /** Reads the bytes of an image file in another way, see {@link #read(Path)}. */
    public static RgbImage read(byte[] file, ImageReading reading) {
        return ImageInput.of(file).read(decoder -> decoder.toRgbImage(reading));
    }

    /** Reads a stream to its end, see {@link #read(Path)}; the caller closes it. */
    public static RgbImage read(InputStream stream) {
        return read(stream, ImageReading.NATURAL);
    }

    /** Reads a stream in another way, see {@link #read(Path)}; the caller closes it. */
    public static RgbImage read(InputStream stream, ImageReading reading) {
        return ImageInput.of(stream).read(decoder -> decoder.toRgbImage(reading));
    }

    /** Takes the array as it is; the caller must not touch it afterwards. */
    static RgbImage owning(int width, int height, byte[] rgb) {
        return new RgbImage(width, height, rgb);
    }

    /** Returns the length of the pixel array, having checked the size of the image. */
    static int byteCount(int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "an image of " + width + "x" + height + " pixels; both sides must be at least 1");
        }
        if ((long) width * height > MAX_PIXELS) {
            throw new ImageException("an image of " + width + "x" + height + " pixels is over the limit of "
                    + MAX_PIXELS + " pixels; scale it down");
        }
        return width * height * 3;
    }

    /** Returns the number of columns. */
    public int width() {
        return width;
    }

    /** Returns the number of rows. */
    public int height() {
        return height;
    }

    /**
     * Returns one pixel as {@code 0xRRGGBB}.
     *
     * @throws IndexOutOfBoundsException if the pixel lies outside
     */
    public int pixel(int x, int y) {
        Objects.checkIndex(x, width);
        Objects.checkIndex(y, height);
        int at = (y * width + x) * 3;
        return (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
    }

    /** Returns a copy of the {@code [height, width, 3]} levels, each an unsigned byte. */
    public byte[] rgb() {
        return rgb.clone();
    }

    /** The levels themselves, for readers within this package only. */
    byte[] bytes() {
        return rgb;
    }

    /**
     * Returns the part that starts at column {@code x} and row {@code y}.
     *
     * @throws IndexOutOfBoundsException if the part reaches outside
     */
    public RgbImage crop(int x, int y, int width, int height) {
        Objects.checkFromIndexSize(x, width, this.width);
        Objects.checkFromIndexSize(y, height, this.height);
        byte[] part = new byte[byteCount(width, height)];
        for (int row = 0; row < height; row++) {
            System.arraycopy(rgb, ((y + row) * this.width + x) * 3, part, row * width * 3, width * 3);
        }
        return new RgbImage(width, height, part);
    }

    /** Returns the image scaled to another size, with Pillow's levels. */
    public RgbImage resize(int width, int height, Resampling resampling) {
        return resampling.resize(this, width, height);
    }

    /**
     * Returns this image and the others in one row, from left to right.
     *
     * @throws IllegalArgumentException if the heights differ
     */
    public RgbImage beside(RgbImage... others) {
        long total = width;
        for (RgbImage other : others) {
            if (other.height != height) {
                throw new IllegalArgumentException(
                        "images of heights " + height + " and " + other.height + " do not fit in one row");
            }
            total += other.width;
        }
        int rowWidth = (int) Math.min(total, Integer.MAX_VALUE);
        byte[] row = new byte[byteCount(rowWidth, height)];
        paste(this, row, rowWidth, 0, 0);
        int x = width;
        for (RgbImage other : others) {
            paste(other, row, rowWidth, x, 0);
            x += other.width;
        }
        return new RgbImage(rowWidth, height, row);
    }

    /** Copies an image into a larger one. */
    static void paste(RgbImage image, byte[] target, int targetWidth, int x, int y) {
        int rowBytes = image.width * 3;
        for (int row = 0; row < image.height; row++) {
            System.arraycopy(image.rgb, row * rowBytes, target, ((y + row) * targetWidth + x) * 3, rowBytes);
        }
    }

    /** Returns a copy as {@link BufferedImage#TYPE_3BYTE_BGR}. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        byte[] bgr = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < bgr.length; i += 3) {
            bgr[i] = rgb[i + 2];
            bgr[i + 1] = rgb[i + 1];
            bgr[i + 2] = rgb[i];
        }
        return image;
    }

    /**
     * Writes the image in the format that the file's name ends in: {@code .png} (best: lossless), {@code .bmp},
     * {@code .jpg} or {@code .jpeg}. Missing folders are made. The file appears whole or not at all: a failure, a full
     * disk for instance, leaves a file that was there before as it was.
     *
     * @throws ImageException if the name ends otherwise or the file cannot be written
     */
    public void write(Path file) {
        ImageFileWriter.write(this, file);
    }

    /**
     * Writes a PNG file with texts, such as how the image was made, see {@link #write(Path)}.
     *
     * @param file  whose name ends in {@code .png}
     * @param texts by keywords of 1 to 79 printable ASCII characters; {@link PngText#read} reads them
     * @throws IllegalArgumentException if a keyword is of another kind
     * @throws ImageException if the name ends otherwise or the file cannot be written
     */
    public void write(Path file, Map<String, String> texts) {
        ImageFileWriter.write(this, file, texts);
    }

    /**
     * Writes the image to a stream, which the caller closes.
     *
     * @param format {@link ImageFormat#PNG}, {@link ImageFormat#BMP} or {@link ImageFormat#JPEG} (quality 0.95)
     * @throws ImageException if the format is another or the stream fails
     */
    public void write(OutputStream stream, ImageFormat format) {
        ImageFileWriter.write(this, stream, format);
    }

    /**
     * Writes the image as a PNG file with texts to a stream, see {@link #write(Path, Map)}; the caller closes it.
     *
     * @throws ImageException if the stream fails
     */
    public void write(OutputStream stream, Map<String, String> texts) {
        ImageFileWriter.write(this, stream, texts);
    }

    /** Returns the image as a file of a format, see {@link #write(OutputStream, ImageFormat)}. */
    public byte[] encoded(ImageFormat format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        write(bytes, format);
        return bytes.toByteArray();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage image
                && width == image.width
                && height == image.height
                && Arrays.equals(rgb, image.rgb);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(rgb);
    }

    /** Returns the size, for example {@code RgbImage[256x256]}. */
    @Override
    public String toString() {
        return "RgbImage[" + width + "x" + height + "]";
    }
}
