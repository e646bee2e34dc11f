package dev.mmgen;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/**
 * A region of a picture: the pixels that inpainting draws anew, while the others are kept. Immutable.
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="mask"}
 */
public final class Mask {

    private final int width;
    private final int height;
    private final BitSet pixels;

    /** A set of pixels, by column and row from 0 at the upper left corner. */
    @FunctionalInterface
    public interface Pixels {

        /** Returns whether the pixel belongs to the set. */
        boolean contains(int x, int y);
    }

    private Mask(int width, int height, BitSet pixels) {
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    /**
     * Returns a mask without any pixel, to add to.
     *
     * @throws IllegalArgumentException if a side is not positive, or the product is more than a picture may have
     */
    public static Mask none(int width, int height) {
        if (width < 1 || height < 1 || (long) width * height > RgbImage.MAX_PIXELS) {
            throw new IllegalArgumentException("the mask's size is " + width + " x " + height
                    + "; both sides must be at least 1, and their product at most " + RgbImage.MAX_PIXELS);
        }
        return new Mask(width, height, new BitSet(width * height));
    }

    /**
     * Returns a mask of the pixels for which a condition holds.
     *
     * @throws IllegalArgumentException as {@link #none}
     */
    public static Mask where(int width, int height, Pixels condition) {
        Objects.requireNonNull(condition, "condition");
        Mask mask = none(width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                mask.pixels.set(y * width + x, condition.contains(x, y));
            }
        }
        return mask;
    }

    /**
     * Returns a mask of a picture's bright pixels, by the rule of {@link MaskImage#of}.
     *
     * @throws dev.mmgen.image.ImageException if no pixel is bright
     */
    public static Mask of(RgbImage picture) {
        return of(MaskImage.of(Objects.requireNonNull(picture, "picture")));
    }

    /** Returns a mask of the pixels that a mask image, read from a file, selects. */
    public static Mask of(MaskImage image) {
        Objects.requireNonNull(image, "image");
        return where(image.width(), image.height(), image::isSelected);
    }

    /**
     * Returns this mask with the pixels of a rectangle added.
     *
     * @param x       left column
     * @param y       upper row
     * @param columns number of columns, at least 1
     * @param rows    number of rows, at least 1
     * @throws IllegalArgumentException if the rectangle is not within the mask
     */
    public Mask withRectangle(int x, int y, int columns, int rows) {
        if (x < 0 || y < 0 || columns < 1 || rows < 1 || columns > width - x || rows > height - y) {
            throw new IllegalArgumentException("the rectangle at (" + x + ", " + y + ") of " + columns + " x " + rows
                    + " pixels is not within the mask of " + width + " x " + height);
        }
        BitSet more = (BitSet) pixels.clone();
        for (int row = y; row < y + rows; row++) {
            more.set(row * width + x, row * width + x + columns);
        }
        return new Mask(width, height, more);
    }

    /** Returns the mask of all other pixels. */
    public Mask inverted() {
        BitSet others = (BitSet) pixels.clone();
        others.flip(0, width * height);
        return new Mask(width, height, others);
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
     * Returns whether a pixel belongs to the region.
     *
     * @throws IndexOutOfBoundsException if there is no such pixel
     */
    public boolean contains(int x, int y) {
        if (x < 0 || x >= width || y < 0 || y >= height) {
            throw new IndexOutOfBoundsException(
                    "pixel (" + x + ", " + y + ") of a mask of " + width + " x " + height + " pixels");
        }
        return pixels.get(y * width + x);
    }

    /** Returns the number of pixels in the region. */
    public int size() {
        return pixels.cardinality();
    }

    /**
     * Returns the smallest box around the region.
     *
     * @throws IllegalStateException if the region is empty
     */
    public Placement.Box bounds() {
        if (pixels.isEmpty()) {
            throw new IllegalStateException("the mask of " + width + " x " + height + " pixels selects none of them");
        }
        int left = width;
        int right = 0;
        for (int pixel = pixels.nextSetBit(0); pixel >= 0; pixel = pixels.nextSetBit(pixel + 1)) {
            left = Math.min(left, pixel % width);
            right = Math.max(right, pixel % width);
        }
        int top = pixels.nextSetBit(0) / width;
        int bottom = (pixels.length() - 1) / width;
        return new Placement.Box(left, top, right - left + 1, bottom - top + 1);
    }

    /** Returns the region as a picture: white on black. */
    public RgbImage toPicture() {
        byte[] rgb = new byte[3 * width * height];
        pixels.stream().forEach(pixel -> Arrays.fill(rgb, 3 * pixel, 3 * pixel + 3, (byte) 255));
        return RgbImage.of(width, height, rgb);
    }

    /**
     * Returns 1 for the latent pixels to draw anew: those over which the region reaches.
     *
     * @param factor pixels per latent pixel
     * @return {@code [height / factor, width / factor]}
     */
    Tensor latents(int factor) {
        int columns = width / factor;
        int rows = height / factor;
        float[] anew = new float[rows * columns];
        pixels.stream().forEach(pixel -> anew[pixel / width / factor * columns + pixel % width / factor] = 1);
        return Torch.tensor(anew, rows, columns);
    }

    /**
     * Returns the drawn picture with the original's pixels outside of the region. The autoencoder alone would not give them
     * back: it loses detail, and its attention lets the region show everywhere.
     */
    RgbImage restore(RgbImage original, RgbImage drawn) {
        byte[] kept = original.rgb();
        byte[] rgb = drawn.rgb();
        pixels.stream().forEach(pixel -> System.arraycopy(rgb, 3 * pixel, kept, 3 * pixel, 3));
        return RgbImage.of(width, height, kept);
    }

    /** Returns the drawn numbers with the original's outside of the region. */
    FloatImage restore(FloatImage original, FloatImage drawn) {
        float[] kept = original.values().clone();
        int plane = width * height;
        for (int start = 0; start < kept.length; start += plane) {
            int channel = start;
            pixels.stream().forEach(pixel -> kept[channel + pixel] = drawn.values()[channel + pixel]);
        }
        return new FloatImage(width, height, kept);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask mask && width == mask.width && height == mask.height && pixels.equals(mask.pixels);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + pixels.hashCode();
    }

    @Override
    public String toString() {
        return "Mask[" + size() + " of " + width + " x " + height + " pixels]";
    }
}
