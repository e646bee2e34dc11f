package dev.mmgen.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;

/**
 * An image of one channel at the depth of its file, up to 16 bits: what depth cameras write and {@link RgbImage} would
 * round to 256 levels. Rows run from top to bottom. Immutable, so any thread may use it.
 */
public final class GreyImage implements DeepImage {

    private static final int DEEP_WHITE = 65_535;

    private final int width;
    private final int height;
    private final int maximum;
    private final short[] levels;

    private GreyImage(int width, int height, int maximum, short[] levels) {
        this.width = width;
        this.height = height;
        this.maximum = maximum;
        this.levels = levels;
    }

    /**
     * Returns the image of 16 bits with these levels.
     *
     * @param levels {@code [height, width]}, each 0 to 65,535
     * @throws IllegalArgumentException if a size is not positive, the array has another length or a level is out of range
     * @throws ImageException if the image has more than {@link RgbImage#MAX_PIXELS} pixels
     */
    public static GreyImage of(int width, int height, int[] levels) {
        int pixels = RgbImage.byteCount(width, height) / 3;
        if (levels.length != pixels) {
            throw new IllegalArgumentException(
                    width + "x" + height + " grey pixels are " + pixels + " levels, not " + levels.length);
        }
        short[] stored = new short[pixels];
        for (int i = 0; i < pixels; i++) {
            if (levels[i] < 0 || levels[i] > DEEP_WHITE) {
                throw new IllegalArgumentException(
                        "a level of 16 bits is from 0 to " + DEEP_WHITE + ", not " + levels[i]);
            }
            stored[i] = (short) levels[i];
        }
        return new GreyImage(width, height, DEEP_WHITE, stored);
    }

    /**
     * Reads an image file; of colours the mean is taken, transparency is ignored, and the EXIF orientation is applied.
     *
     * @throws ImageException as {@link RgbImage#read(Path)}
     */
    public static GreyImage read(Path file) {
        return ImageInput.of(file).read(GreyImage::of);
    }

    /** Reads the bytes of an image file, see {@link #read(Path)}. */
    public static GreyImage read(byte[] file) {
        return ImageInput.of(file).read(GreyImage::of);
    }

    /** Reads a stream to its end, see {@link #read(Path)}; the caller closes it. */
    public static GreyImage read(InputStream stream) {
        return ImageInput.of(stream).read(GreyImage::of);
    }

    private static GreyImage of(ImageDecoder decoder) throws IOException {
        BufferedImage image = decoder.toBufferedImage();
        boolean shallow = image.getColorModel() instanceof IndexColorModel
                || image.getSampleModel().getSampleSize(0) <= 8;
        short[] levels = shallow
                ? ofColours(new SampleConversion(ImageReading.REFERENCE, false).toRgbImage(image))
                : ofSamples(image);
        int maximum = shallow ? 255 : DEEP_WHITE;
        return upright(new GreyImage(image.getWidth(), image.getHeight(), maximum, levels), decoder.orientation());
    }

    private static short[] ofColours(RgbImage image) {
        byte[] rgb = image.bytes();
        short[] levels = new short[rgb.length / 3];
        for (int i = 0; i < levels.length; i++) {
            int sum = (rgb[3 * i] & 0xff) + (rgb[3 * i + 1] & 0xff) + (rgb[3 * i + 2] & 0xff);
            levels[i] = (short) ((sum + 1) / 3);
        }
        return levels;
    }

    private static short[] ofSamples(BufferedImage image) {
        int width = image.getWidth();
        int bands = image.getRaster().getNumBands();
        int colours = image.getColorModel().hasAlpha() ? bands - 1 : bands;
        short[] levels = new short[width * image.getHeight()];
        int[] row = new int[width * bands];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRaster().getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int sum = 0;
                for (int band = 0; band < colours; band++) {
                    sum += row[x * bands + band];
                }
                levels[y * width + x] = (short) ((sum + colours / 2) / colours);
            }
        }
        return levels;
    }

    private static GreyImage upright(GreyImage stored, Orientation orientation) {
        if (orientation.equals(Orientation.UPRIGHT)) {
            return stored;
        }
        short[] levels = new short[stored.levels.length];
        orientation.forEach(stored.width, stored.height, (from, to) -> levels[to] = stored.levels[from]);
        return orientation.turnsSideways()
                ? new GreyImage(stored.height, stored.width, stored.maximum, levels)
                : new GreyImage(stored.width, stored.height, stored.maximum, levels);
    }

    /** Returns the number of columns. */
    public int width() {
        return width;
    }

    /** Returns the number of rows. */
    public int height() {
        return height;
    }

    /** Returns the level of white: 255 for a file of up to 8 bits, else 65,535. */
    public int maximum() {
        return maximum;
    }

    /**
     * Returns the level of a pixel, from 0 to {@link #maximum}.
     *
     * @throws IndexOutOfBoundsException if the pixel lies outside
     */
    public int level(int x, int y) {
        Objects.checkIndex(x, width);
        Objects.checkIndex(y, height);
        return levels[y * width + x] & 0xffff;
    }

    /** Returns the levels, {@code [height, width]}, from 0 to {@link #maximum}. */
    public int[] levels() {
        int[] all = new int[levels.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = levels[i] & 0xffff;
        }
        return all;
    }

    /** Returns a PNG file of 16 bits; levels of 8 bits are widened. */
    @Override
    public byte[] toPng() {
        int scale = DEEP_WHITE / maximum;
        short[] deep = new short[levels.length];
        for (int i = 0; i < deep.length; i++) {
            deep[i] = (short) ((levels[i] & 0xffff) * scale);
        }
        return DeepRaster.png(deep, width, height);
    }

    /** Returns the size and the level of white, for example {@code GreyImage[640x480, 65535]}. */
    @Override
    public String toString() {
        return "GreyImage[" + width + "x" + height + ", " + maximum + "]";
    }
}
