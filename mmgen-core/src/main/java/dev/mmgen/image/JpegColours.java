package dev.mmgen.image;

import java.awt.image.Raster;
import java.io.IOException;

/**
 * The colour space of a JPEG file's components, and from there to RGB.
 *
 * <p>ImageIO guesses colour spaces by other rules than libjpeg and applies colour profiles, so its decoder is asked for
 * the components as they are, and libjpeg's rules and fixed-point arithmetic are repeated here. Inks are taken as Adobe
 * stores them, inverted, as Pillow does.
 */
enum JpegColours {
    GREY(1),
    RGB(3),
    YCC(3),
    CMYK(4),
    YCCK(4);

    private static final int SCALE_BITS = 16;
    private static final int HALF = 1 << (SCALE_BITS - 1);

    private final int components;

    JpegColours(int components) {
        this.components = components;
    }

    /**
     * Returns the picture.
     *
     * @param samples the components as they are in the file
     * @param frame tells their resolutions
     */
    RgbImage toRgbImage(Raster samples, JpegFrame frame) throws IOException {
        int width = samples.getWidth();
        int height = samples.getHeight();
        if (samples.getNumBands() != components) {
            throw new IOException("the header is damaged");
        }
        byte[] rgb = new byte[RgbImage.byteCount(width, height)];
        int[] row = new int[Math.multiplyExact(width, components)];
        int at = 0;
        for (int y = 0; y < height; y++) {
            frame.row(samples, y, row);
            for (int x = 0; x < row.length; x += components) {
                int pixel = rgb(row, x);
                rgb[at++] = (byte) (pixel >> 16);
                rgb[at++] = (byte) (pixel >> 8);
                rgb[at++] = (byte) pixel;
            }
        }
        return RgbImage.owning(width, height, rgb);
    }

    private int rgb(int[] row, int x) {
        return switch (this) {
            case GREY -> row[x] * 0x010101;
            case RGB -> pack(row[x], row[x + 1], row[x + 2]);
            case YCC -> fromYcc(row[x], row[x + 1] - 128, row[x + 2] - 128);
            case CMYK -> fromInk(pack(row[x], row[x + 1], row[x + 2]), row[x + 3]);
            // libjpeg takes each of the three inks as 255 minus the RGB level that the components stand for.
            case YCCK -> fromInk(255 * 0x010101 - fromYcc(row[x], row[x + 1] - 128, row[x + 2] - 128), row[x + 3]);
        };
    }

    private static int fromYcc(int y, int cb, int cr) {
        int red = y + ((fix(1.40200) * cr + HALF) >> SCALE_BITS);
        int green = y + ((-fix(0.34414) * cb + HALF - fix(0.71414) * cr) >> SCALE_BITS);
        int blue = y + ((fix(1.77200) * cb + HALF) >> SCALE_BITS);
        return pack(Math.clamp(red, 0, 255), Math.clamp(green, 0, 255), Math.clamp(blue, 0, 255));
    }

    private static int fix(double factor) {
        return (int) (factor * (1 << SCALE_BITS) + 0.5);
    }

    private static int fromInk(int stored, int storedBlack) {
        return pack(
                mix(stored >> 16 & 0xff, storedBlack),
                mix(stored >> 8 & 0xff, storedBlack),
                mix(stored & 0xff, storedBlack));
    }

    private static int mix(int stored, int storedBlack) {
        int product = (255 - stored) * storedBlack + 128;
        return Math.clamp(storedBlack - (((product >> 8) + product) >> 8), 0, 255);
    }

    private static int pack(int red, int green, int blue) {
        return red << 16 | green << 8 | blue;
    }
}
