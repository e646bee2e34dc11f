package dev.mmgen.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;

/**
 * The step from a decoder's samples to 8-bit RGB.
 *
 * <p>{@link BufferedImage#getRGB} would not do: it takes grey levels as linear light and applies colour profiles,
 * which neither people's viewers nor Pillow do.
 *
 * @param reading rule for transparency and 16-bit samples
 * @param clipGrey16 true if {@link ImageReading#REFERENCE} clips 16-bit grey, as Pillow does where the file has
 *     no alpha channel
 */
record SampleConversion(ImageReading reading, boolean clipGrey16) {

    RgbImage toRgbImage(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[RgbImage.byteCount(width, height)];
        if (image.getColorModel() instanceof IndexColorModel palette) {
            readPalette(image, palette, rgb);
        } else {
            readSamples(image, rgb);
        }
        return RgbImage.owning(width, height, rgb);
    }

    private void readPalette(BufferedImage image, IndexColorModel palette, byte[] rgb) {
        int[] colours = new int[palette.getMapSize()];
        palette.getRGBs(colours);
        int[] row = new int[image.getWidth()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRaster().getSamples(0, y, row.length, 1, 0, row);
            for (int index : row) {
                // An index past the palette's end is black, as in Pillow.
                int argb = index < colours.length ? colours[index] : 0xff000000;
                int alpha = argb >>> 24;
                rgb[at++] = (byte) overWhite(argb >> 16 & 0xff, alpha);
                rgb[at++] = (byte) overWhite(argb >> 8 & 0xff, alpha);
                rgb[at++] = (byte) overWhite(argb & 0xff, alpha);
            }
        }
    }

    private void readSamples(BufferedImage source, byte[] rgb) {
        BufferedImage image = source;
        ColorModel model = image.getColorModel();
        if (model.isAlphaPremultiplied()) {
            image = new BufferedImage(model, source.copyData(null), true, null);
            image.coerceData(false);
        }
        int bands = image.getRaster().getNumBands();
        boolean hasAlpha = model.hasAlpha();
        int colours = hasAlpha ? bands - 1 : bands;
        if ((colours != 1 && colours != 3) || image.getRaster().getTransferType() > DataBuffer.TYPE_INT) {
            throw new ImageException("pixels of " + bands + " channels are not supported; save them as 8-bit RGB");
        }
        int[] bits = image.getRaster().getSampleModel().getSampleSize();
        boolean clip = clipGrey16 && colours == 1 && reading == ImageReading.REFERENCE;
        int[] row = new int[Math.multiplyExact(image.getWidth(), bands)];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRaster().getPixels(0, y, image.getWidth(), 1, row);
            for (int x = 0; x < row.length; x += bands) {
                int alpha = hasAlpha ? level(row[x + bands - 1], bits[bands - 1], false) : 255;
                for (int c = 0; c < 3; c++) {
                    int band = colours == 1 ? 0 : c;
                    rgb[at++] = (byte) overWhite(level(row[x + band], bits[band], clip), alpha);
                }
            }
        }
    }

    private int level(int sample, int bits, boolean clip) {
        if (bits == 8) {
            return sample;
        }
        if (clip && bits > 8) {
            return Math.min(sample, 255);
        }
        if (bits < 8) {
            return sample * 255 / ((1 << bits) - 1);
        }
        if (reading == ImageReading.REFERENCE) {
            return sample >>> (bits - 8);
        }
        long largest = (1L << bits) - 1;
        return (int) (((sample & largest) * 255 + largest / 2) / largest);
    }

    private int overWhite(int level, int alpha) {
        if (alpha == 255 || reading == ImageReading.REFERENCE) {
            return level;
        }
        return (level * alpha + 255 * (255 - alpha) + 127) / 255;
    }
}
