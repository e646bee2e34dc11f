package dev.mmgen.image;

import dev.mmgen.torch.io.FileReason;
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
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageReader;

/**
 * A TIFF file of floats of 32 bits, one or three for each pixel, as programs for pictures and maps write it. The JDK writes
 * and reads it.
 *
 * @param width   columns, at least 1
 * @param height  rows, at least 1
 * @param samples for each pixel, 1 or 3
 * @param values  {@code [height, width, samples]}, row-major; not copied
 */
public record FloatTiff(int width, int height, int samples, float[] values) {

    /** Pixels by which the tiles of a small picture may be larger than it is. */
    private static final int MOST_PADDING = 1 << 20;

    private static final long MOST_PACKED = 1032;

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

    /**
     * Writes to a stream, which the caller closes.
     *
     * @throws ImageException if the stream fails
     */
    public void write(OutputStream stream) {
        ImageFileWriter.writeWhole(stream, () -> ImageFileWriter.encode(image(), ImageFormat.tiffWriter()));
    }

    /** Returns true if bytes begin as those of a TIFF file do. */
    public static boolean isTiff(byte[] file) {
        String head = new String(file, 0, Math.min(file.length, 4), StandardCharsets.ISO_8859_1);
        return head.equals("II*\0") || head.equals("MM\0*");
    }

    /** Reads a file, see {@link #read(byte[])}. */
    public static FloatTiff read(Path file) {
        try {
            return read(ImageInput.bytes(file));
        } catch (ImageException e) {
            throw new ImageException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ImageException("cannot read " + file + ": " + FileReason.reading(e), e);
        }
    }

    /** Reads a file from a stream to its end, see {@link #read(byte[])}; the caller closes it. */
    public static FloatTiff read(InputStream stream) {
        try {
            return read(stream.readAllBytes());
        } catch (IOException e) {
            throw new ImageException("cannot read a TIFF file from its stream: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the bytes of a file of one picture.
     *
     * @throws ImageException if it is damaged, claims too many pixels, or holds anything but one or three floats of 32 bits for each
     */
    public static FloatTiff read(byte[] file) {
        try {
            if (!isTiff(file)) {
                throw new ImageException("it is no TIFF file; fetch it again");
            }
            ImageReader reader = ImageFormat.tiffReader();
            try (ByteSource source = new ByteSource(file)) {
                reader.setInput(source, true, false);
                return read(reader, file.length);
            } finally {
                reader.dispose();
            }
        } catch (ImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new ImageException("the TIFF file is damaged; fetch it again", e);
        }
    }

    private static FloatTiff read(ImageReader reader, int bytes) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        long floats = RgbImage.byteCount(width, height);
        SampleModel samples = reader.getRawImageType(0).getSampleModel();
        int count = samples.getNumBands();
        if (samples.getDataType() != DataBuffer.TYPE_FLOAT || (count != 1 && count != 3)) {
            throw new ImageException("it is a TIFF file of " + count + " samples of "
                    + samples.getSampleSize(0)
                    + " bits for each pixel; give one of one or three floats of 32 bits, or a PNG");
        }
        // The decoder reserves whole tiles, and a strip is one; deflate packs at most 1,032 bytes into one.
        long tile = (long) reader.getTileWidth(0) * reader.getTileHeight(0);
        if (tile > floats + MOST_PADDING || floats / 3 * count * Float.BYTES / MOST_PACKED > bytes) {
            throw new ImageException("the TIFF file is damaged; fetch it again");
        }
        float[] values = reader.read(0).getRaster().getPixels(0, 0, width, height, (float[]) null);
        return new FloatTiff(width, height, count, values);
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
