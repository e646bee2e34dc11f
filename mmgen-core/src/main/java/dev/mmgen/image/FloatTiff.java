package dev.mmgen.image;

import java.awt.color.ColorSpace;
import java.awt.image.BandedSampleModel;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferFloat;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.nio.file.Path;

/**
 * A TIFF file of floats of 32 bits, one or three for each pixel, as programs for pictures and maps read it. The JDK writes it.
 *
 * @param width   columns, at least 1
 * @param height  rows, at least 1
 * @param samples for each pixel, 1 or 3
 * @param values  {@code [height, width, samples]}, row-major; not copied
 */
public record FloatTiff(int width, int height, int samples, float[] values) {

    /**
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public FloatTiff {
        if (width < 1
                || height < 1
                || (samples != 1 && samples != 3)
                || (long) width * height * samples != values.length) {
            throw new IllegalArgumentException("a TIFF of " + width + " x " + height + " pixels with " + samples
                    + " floats each cannot hold " + values.length + "; pixels have one or three");
        }
    }

    /**
     * Writes the file, whole or not at all.
     *
     * @throws ImageException if it cannot be written
     */
    public void write(Path path) {
        ImageFileWriter.writeWhole(path, () -> ImageFileWriter.encode(image(), ImageFormat.tiffWriter()));
    }

    private BufferedImage image() {
        ColorSpace space = ColorSpace.getInstance(samples == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
        ColorModel colours = new ComponentColorModel(space, false, false, ColorModel.OPAQUE, DataBuffer.TYPE_FLOAT);
        SampleModel layout = samples == 1
                ? new BandedSampleModel(DataBuffer.TYPE_FLOAT, width, height, 1)
                : new PixelInterleavedSampleModel(
                        DataBuffer.TYPE_FLOAT, width, height, samples, width * samples, new int[] {0, 1, 2});
        DataBuffer data = new DataBufferFloat(values, values.length);
        return new BufferedImage(colours, Raster.createWritableRaster(layout, data, null), false, null);
    }

    /** Returns the size, for example {@code FloatTiff[64x64x3]}. */
    @Override
    public String toString() {
        return "FloatTiff[" + width + "x" + height + "x" + samples + "]";
    }
}
