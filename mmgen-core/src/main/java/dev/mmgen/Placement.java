package dev.mmgen;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/**
 * The place of a part of a photo in a picture of the size that a model draws, for the way there and back.
 *
 * @param photo   the part of the photo, in its pixels
 * @param picture where that part lies in the picture; what is beside it repeats its edge
 * @param width   of the picture
 * @param height  of the picture
 */
public record Placement(Box photo, Box picture, int width, int height) {

    /** A panorama 40 times as wide as high takes fewer; a strip of pixels, which is no photo, would take thousands. */
    private static final int MOST_TILES = 64;

    /** Neighbouring windows share at least this part of their side, so that depth can be aligned and seams blended. */
    private static final double OVERLAP = 1 / 3.0;

    /** A rectangle of whole pixels. */
    public record Box(int x, int y, int width, int height) {

        /**
         * @throws IllegalArgumentException if it begins before 0 or is empty
         */
        public Box {
            if (x < 0 || y < 0 || width < 1 || height < 1) {
                throw new IllegalArgumentException("a box at (" + x + ", " + y + ") of " + width + " x " + height
                        + " pixels; it must begin at 0 at least, and have at least one");
            }
        }

        private static Box of(int width, int height) {
            return new Box(0, 0, width, height);
        }
    }

    /**
     * Returns the places of a photo's parts.
     *
     * @param photo  its size
     * @param width  of the pictures
     * @param height of the pictures
     * @return one, or several for {@link Fit#TILE}, from left to right or from top to bottom
     */
    public static List<Placement> of(Fit fit, RgbImage photo, int width, int height) {
        Box whole = Box.of(photo.width(), photo.height());
        return switch (fit) {
            case CROP -> List.of(around(whole, photo, width, height));
            case STRETCH -> List.of(new Placement(whole, Box.of(width, height), width, height));
            case PAD -> List.of(new Placement(whole, padded(whole, width, height), width, height));
            case TILE -> tiles(whole, width, height);
        };
    }

    /**
     * Returns the place of the largest part of a photo that has the picture's shape and lies around a region.
     *
     * @param region in the photo; the part holds it
     * @throws IllegalArgumentException if the region is not within the photo, or too long for such a part
     */
    public static Placement around(Box region, RgbImage photo, int width, int height) {
        if (region.x + region.width > photo.width() || region.y + region.height > photo.height()) {
            throw new IllegalArgumentException(
                    region + " is not within the photo of " + photo.width() + " x " + photo.height() + " pixels");
        }
        double scale = Math.min((double) photo.width() / width, (double) photo.height() / height);
        int columns = Math.clamp(Math.round(width * scale), 1, photo.width());
        int rows = Math.clamp(Math.round(height * scale), 1, photo.height());
        boolean whole = region.width == photo.width() && region.height == photo.height();
        if (!whole && (region.width > columns || region.height > rows)) {
            throw new IllegalArgumentException("the region of " + region.width + " x " + region.height
                    + " pixels is larger than the part of the photo that is drawn, " + columns + " x " + rows
                    + "; fit the whole photo by PAD or STRETCH, or choose a smaller region");
        }
        int x = Math.clamp(region.x + (region.width - columns) / 2, 0, photo.width() - columns);
        int y = Math.clamp(region.y + (region.height - rows) / 2, 0, photo.height() - rows);
        return new Placement(new Box(x, y, columns, rows), Box.of(width, height), width, height);
    }

    private static Box padded(Box whole, int width, int height) {
        double scale = Math.min((double) width / whole.width, (double) height / whole.height);
        int columns = Math.clamp(Math.round(whole.width * scale), 1, width);
        int rows = Math.clamp(Math.round(whole.height * scale), 1, height);
        return new Box((width - columns) / 2, (height - rows) / 2, columns, rows);
    }

    private static List<Placement> tiles(Box whole, int width, int height) {
        double scale = Math.min((double) whole.width / width, (double) whole.height / height);
        int columns = Math.clamp(Math.round(width * scale), 1, whole.width);
        int rows = Math.clamp(Math.round(height * scale), 1, whole.height);
        int[] down = starts(whole.height, rows);
        int[] across = starts(whole.width, columns);
        if ((long) down.length * across.length > MOST_TILES) {
            throw new IllegalArgumentException("a photo of " + whole.width + " x " + whole.height + " pixels takes "
                    + (long) down.length * across.length + " tiles, more than " + MOST_TILES
                    + "; crop it to a shape nearer to a square, or fit it by PAD or STRETCH");
        }
        List<Placement> tiles = new ArrayList<>();
        for (int y : down) {
            for (int x : across) {
                tiles.add(new Placement(new Box(x, y, columns, rows), Box.of(width, height), width, height));
            }
        }
        return tiles;
    }

    private static int[] starts(int length, int tile) {
        int gaps = (int) Math.ceil((length - tile) / Math.max(1, tile * (1 - OVERLAP)));
        int[] starts = new int[gaps + 1];
        for (int i = 0; i <= gaps; i++) {
            starts[i] = gaps == 0 ? 0 : (int) Math.round((double) (length - tile) * i / gaps);
        }
        return starts;
    }

    /** Returns the part of a picture of the photo's size, as the model takes it. */
    public RgbImage cut(RgbImage whole) {
        RgbImage part = whole.crop(photo.x, photo.y, photo.width, photo.height);
        while (part.width() >= 2L * picture.width && part.height() >= 2L * picture.height) {
            part = Resampling.BOX.resize(part, part.width() / 2, part.height() / 2);
        }
        RgbImage scaled = Resampling.BICUBIC.resize(part, picture.width, picture.height);
        if (picture.width == width && picture.height == height) {
            return scaled;
        }
        byte[] from = scaled.rgb();
        byte[] to = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            int row = Math.clamp(y - picture.y, 0, picture.height - 1);
            for (int x = 0; x < width; x++) {
                int column = Math.clamp(x - picture.x, 0, picture.width - 1);
                System.arraycopy(from, 3 * (row * picture.width + column), to, 3 * (y * width + x), 3);
            }
        }
        return RgbImage.of(width, height, to);
    }

    /** Returns what was drawn of the part, in the photo's pixels: of the size of {@link #photo}. */
    public FloatImage back(FloatImage drawn, boolean smooth) {
        FloatImage part = drawn.crop(picture.x, picture.y, picture.width, picture.height);
        return smooth ? part.resize(photo.width, photo.height) : part.resizeToNearest(photo.width, photo.height);
    }

    /**
     * Returns the photo at its own size with a region of the part as it was drawn.
     *
     * @param whole  the photo
     * @param drawn  the picture, of the size that the model draws
     * @param region of the photo's size
     * @throws IllegalArgumentException if the region is of another size
     */
    public RgbImage paste(RgbImage whole, FloatImage drawn, Mask region) {
        if (region.width() != whole.width() || region.height() != whole.height()) {
            throw new IllegalArgumentException(
                    region + " is not of the photo's " + whole.width() + " x " + whole.height() + " pixels");
        }
        byte[] part = back(drawn, true).toRgbImage(Quantization.ROUND).rgb();
        byte[] rgb = whole.rgb();
        for (int y = 0; y < photo.height; y++) {
            for (int x = 0; x < photo.width; x++) {
                if (region.contains(photo.x + x, photo.y + y)) {
                    int target = 3 * ((photo.y + y) * whole.width() + photo.x + x);
                    System.arraycopy(part, 3 * (y * photo.width + x), rgb, target, 3);
                }
            }
        }
        return RgbImage.of(whole.width(), whole.height(), rgb);
    }
}
