package dev.mmgen.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A raster of 16 bits per channel, in the layout that Java's PNG writer keeps as it is: {@code [height, width, channels]}. */
final class DeepRaster {

    private DeepRaster() {}

    /**
     * Returns a PNG of one channel (grey) or three (RGB), as many as there are levels for each pixel.
     *
     * @param levels {@code [height, width, channels]}, each 0 to 65,535 as an unsigned short; not copied
     */
    static byte[] png(short[] levels, int width, int height) {
        try {
            return ImageFileWriter.encode(image(levels, width, height), ImageFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written to: " + e.getMessage(), e);
        }
    }

    private static BufferedImage image(short[] levels, int width, int height) {
        int channels = levels.length / width / height;
        int[] offsets = channels == 1 ? new int[] {0} : new int[] {0, 1, 2};
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferUShort(levels, levels.length), width, height, width * channels, channels, offsets, null);
        ColorSpace space = ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
        ColorModel model = new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_USHORT);
        return new BufferedImage(model, raster, false, null);
    }
}
