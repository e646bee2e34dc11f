package dev.mmgen.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.util.Arrays;

/**
 * The place of a picture on the canvas of its file.
 *
 * @param width of the canvas
 * @param height of the canvas
 * @param left column of the canvas where the picture begins
 * @param top row of the canvas where the picture begins
 */
record Canvas(int width, int height, int left, int top) {

    boolean holds(int pictureWidth, int pictureHeight) {
        return pictureWidth <= width - left && pictureHeight <= height - top;
    }

    private boolean isFilledBy(BufferedImage picture) {
        return picture.getWidth() == width && picture.getHeight() == height;
    }

    /**
     * Returns the canvas with a picture of a palette at its place. The rest is transparent if the picture knows
     * transparency, else of the palette's first colour, as in Pillow.
     */
    BufferedImage paintIndexed(BufferedImage picture) {
        if (isFilledBy(picture) || !(picture.getColorModel() instanceof IndexColorModel palette)) {
            return picture;
        }
        BufferedImage canvas = new BufferedImage(
                palette, palette.createCompatibleWritableRaster(width, height), palette.isAlphaPremultiplied(), null);
        int[] row = new int[Math.max(width, picture.getWidth())];
        Arrays.fill(row, Math.max(palette.getTransparentPixel(), 0));
        WritableRaster target = canvas.getRaster();
        for (int y = 0; y < height; y++) {
            target.setSamples(0, y, width, 1, 0, row);
        }
        for (int y = 0; y < picture.getHeight(); y++) {
            picture.getRaster().getSamples(0, y, picture.getWidth(), 1, 0, row);
            target.setSamples(left, top + y, picture.getWidth(), 1, 0, row);
        }
        return canvas;
    }

    /** Returns the canvas with a picture of 8-bit colours at its place; the rest is transparent black. */
    BufferedImage paintColoured(BufferedImage picture) {
        if (isFilledBy(picture)) {
            return picture;
        }
        BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_4BYTE_ABGR);
        WritableRaster target = canvas.getRaster();
        int[] row = new int[4 * picture.getWidth()];
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int band = 0; band < 4; band++) {
                if (band < picture.getRaster().getNumBands()) {
                    picture.getRaster().getSamples(0, y, picture.getWidth(), 1, band, row);
                } else {
                    Arrays.fill(row, 255);
                }
                target.setSamples(left, top + y, picture.getWidth(), 1, band, row);
            }
        }
        return canvas;
    }
}
