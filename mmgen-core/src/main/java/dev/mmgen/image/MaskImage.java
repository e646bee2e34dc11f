package dev.mmgen.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A picture that selects pixels, as paint programs and labelling tools write it. Where a picture has transparency, that
 * decides: opaque pixels are selected, whatever their colour. Else bright pixels are. Where there are only two levels and
 * one of them is 0, any other level selects, so that a mask of levels 0 and 1 works; else half of white or more does.
 * Immutable, so any thread may use it.
 */
public final class MaskImage {

    private static final int WHITE = 0xffffff;

    private final int width;
    private final int height;
    private final boolean[] selected;

    private MaskImage(int width, int height, boolean[] selected) {
        this.width = width;
        this.height = height;
        this.selected = selected;
    }

    /**
     * Reads an image file as a mask; the EXIF orientation is applied.
     *
     * @throws ImageException as {@link RgbImage#read(Path)}, or if no pixel is selected
     */
    public static MaskImage read(Path file) {
        return ImageInput.of(file).read(MaskImage::of);
    }

    /** Reads the bytes of an image file as a mask, see {@link #read(Path)}. */
    public static MaskImage read(byte[] file) {
        return ImageInput.of(file).read(MaskImage::of);
    }

    /** Reads a stream to its end as a mask, see {@link #read(Path)}; the caller closes it. */
    public static MaskImage read(InputStream stream) {
        return ImageInput.of(stream).read(MaskImage::of);
    }

    /**
     * Returns the mask of a picture: its bright pixels.
     *
     * @throws ImageException if no pixel is selected
     */
    public static MaskImage of(RgbImage picture) {
        byte[] rgb = picture.bytes();
        int[] levels = new int[rgb.length / 3];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Math.max(rgb[3 * i] & 0xff, Math.max(rgb[3 * i + 1] & 0xff, rgb[3 * i + 2] & 0xff));
        }
        return new MaskImage(picture.width(), picture.height(), select(levels, 255));
    }

    /**
     * Reads the pixels of an image file that are at least half opaque, in the orientation of the file.
     *
     * @return empty if the picture has no transparency to tell
     * @throws ImageException as {@link RgbImage#read(Path)}
     */
    public static Optional<MaskImage> opaque(Path file) {
        return ImageInput.of(file).read(MaskImage::opaque);
    }

    private static Optional<MaskImage> opaque(ImageDecoder decoder) throws IOException {
        BufferedImage image = decoder.toBufferedImage();
        if (!image.getColorModel().hasAlpha()) {
            return Optional.empty();
        }
        int[] alpha = alpha(image);
        int half = (opaqueLevel(image) + 1) / 2;
        boolean[] opaque = new boolean[alpha.length];
        for (int i = 0; i < opaque.length; i++) {
            opaque[i] = alpha[i] >= half;
        }
        return Optional.of(new MaskImage(image.getWidth(), image.getHeight(), opaque));
    }

    private static MaskImage of(ImageDecoder decoder) throws IOException {
        BufferedImage image = decoder.toBufferedImage();
        MaskImage stored = new MaskImage(image.getWidth(), image.getHeight(), select(image));
        Orientation orientation = decoder.orientation();
        boolean[] upright = new boolean[stored.selected.length];
        orientation.forEach(stored.width, stored.height, (from, to) -> upright[to] = stored.selected[from]);
        return orientation.turnsSideways()
                ? new MaskImage(stored.height, stored.width, upright)
                : new MaskImage(stored.width, stored.height, upright);
    }

    private static boolean[] select(BufferedImage image) {
        if (image.getColorModel().hasAlpha()) {
            int[] alpha = alpha(image);
            int opaque = opaqueLevel(image);
            if (Arrays.stream(alpha).anyMatch(level -> level < opaque)) {
                return select(alpha, opaque);
            }
        }
        return image.getColorModel() instanceof IndexColorModel
                ? of(new SampleConversion(ImageReading.REFERENCE, false).toRgbImage(image)).selected
                : select(brightest(image), maximum(image));
    }

    private static int opaqueLevel(BufferedImage image) {
        return image.getColorModel() instanceof IndexColorModel ? 255 : maximum(image);
    }

    private static int maximum(BufferedImage image) {
        return (1 << image.getSampleModel().getSampleSize(0)) - 1;
    }

    private static int[] alpha(BufferedImage image) {
        int width = image.getWidth();
        int[] alpha = new int[width * image.getHeight()];
        int[] row = new int[width];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRaster().getSamples(0, y, width, 1, image.getRaster().getNumBands() - 1, row);
            if (image.getColorModel() instanceof IndexColorModel palette) {
                Arrays.setAll(row, x -> row[x] < palette.getMapSize() ? palette.getAlpha(row[x]) : 255);
            }
            System.arraycopy(row, 0, alpha, y * width, width);
        }
        return alpha;
    }

    private static int[] brightest(BufferedImage image) {
        int width = image.getWidth();
        int bands = image.getRaster().getNumBands();
        int colours = image.getColorModel().hasAlpha() ? bands - 1 : bands;
        int[] levels = new int[width * image.getHeight()];
        int[] row = new int[width * bands];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRaster().getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int band = 0; band < colours; band++) {
                    levels[y * width + x] = Math.max(levels[y * width + x], row[x * bands + band]);
                }
            }
        }
        return levels;
    }

    private static boolean[] select(int[] levels, int maximum) {
        int least = Arrays.stream(levels).min().orElse(0);
        int most = Arrays.stream(levels).max().orElse(0);
        boolean twoLevels = least == 0 && Arrays.stream(levels).allMatch(level -> level == 0 || level == most);
        int threshold = twoLevels ? Math.max(most, 1) : (maximum + 1) / 2;
        if (most < threshold) {
            throw new ImageException("as a mask it selects nothing: its levels are " + least + " to " + most + " of "
                    + maximum + "; paint what to select white");
        }
        boolean[] selected = new boolean[levels.length];
        for (int i = 0; i < levels.length; i++) {
            selected[i] = levels[i] >= threshold;
        }
        return selected;
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
     * Returns true if a pixel is selected.
     *
     * @throws IndexOutOfBoundsException if the pixel lies outside
     */
    public boolean isSelected(int x, int y) {
        Objects.checkIndex(x, width);
        Objects.checkIndex(y, height);
        return selected[y * width + x];
    }

    /** Returns how many pixels are selected: at least 1. */
    public int count() {
        int count = 0;
        for (boolean pixel : selected) {
            count += pixel ? 1 : 0;
        }
        return count;
    }

    /** Returns the mask as a picture, white where it selects and black elsewhere. */
    public RgbImage toRgbImage() {
        byte[] rgb = new byte[3 * selected.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (selected[i / 3] ? WHITE : 0);
        }
        return RgbImage.owning(width, height, rgb);
    }

    /** Returns the size and how many pixels are selected, for example {@code MaskImage[64x64, 1024 selected]}. */
    @Override
    public String toString() {
        return "MaskImage[" + width + "x" + height + ", " + count() + " selected]";
    }
}
