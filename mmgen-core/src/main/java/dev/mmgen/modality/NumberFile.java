package dev.mmgen.modality;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatTiff;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.npy.NpyException;
import dev.mmgen.npy.NpyType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A file that holds a modality in numbers, as depth cameras' programs and other models write it: a {@code .npy} array, or a TIFF of
 * floats.
 *
 * @param file its name for messages
 */
record NumberFile(String file, NpyArray array) {

    /** The first bytes of every {@code .npy} file. */
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    /** Returns true if a file's name ends as those of numbers do. */
    static boolean isNumbers(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".npy") || name.endsWith(".tif") || name.endsWith(".tiff");
    }

    /** Returns true if a file begins as those of numbers do. */
    static boolean isNumbers(byte[] file) {
        return isNpy(file) || FloatTiff.isTiff(file);
    }

    private static boolean isNpy(byte[] file) {
        return file.length >= MAGIC.length && Arrays.equals(file, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /**
     * @throws ImageException if it cannot be read, or has no pixels or too many
     */
    static NumberFile read(Path file) {
        if (!Files.exists(file)) {
            throw new ImageException("cannot read " + file + ": there is no such file; check the path");
        }
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".npy")) {
            return of(file.toString(), FloatTiff.read(file));
        }
        try {
            return of(file.toString(), NpyArray.read(file));
        } catch (NpyException e) {
            String reason =
                    e.getCause() instanceof IOException fault ? file + ": " + fault.getMessage() : e.getMessage();
            throw new ImageException("cannot read " + reason, e);
        }
    }

    /**
     * @throws ImageException if it is damaged, or has no pixels or too many
     */
    static NumberFile read(byte[] file) {
        if (!isNpy(file)) {
            return of("the TIFF file", FloatTiff.read(file));
        }
        try (InputStream in = new ByteArrayInputStream(file)) {
            NpyArray array = NpyArray.read(in);
            if (in.available() > 0) {
                throw new ImageException(
                        "cannot read the .npy file: " + in.available() + " bytes follow its last element");
            }
            return of("the .npy file", array);
        } catch (IOException e) {
            throw new ImageException("cannot read the .npy file: " + e.getMessage(), e);
        }
    }

    private static NumberFile of(String file, FloatTiff tiff) {
        return of(
                file,
                tiff.samples() == 1
                        ? NpyArray.of(tiff.values(), tiff.height(), tiff.width())
                        : NpyArray.of(tiff.values(), tiff.height(), tiff.width(), tiff.samples()));
    }

    private static NumberFile of(String file, NpyArray array) {
        NumberFile numbers = new NumberFile(file, array);
        List<Long> shape = array.shape();
        if (shape.size() < 2 || shape.contains(0L) || shape.get(0) > RgbImage.MAX_PIXELS / shape.get(1)) {
            throw numbers.fault("it must be [H, W] or [H, W, 3], of 1 to " + RgbImage.MAX_PIXELS + " pixels");
        }
        return numbers;
    }

    /** Returns the numbers of one channel, {@code [H, W]}; of {@code [H, W, 1]} and {@code [1, H, W]} too. */
    Plane plane() {
        List<Long> shape = array.shape();
        boolean last = shape.size() == 3 && shape.get(2) == 1;
        boolean first = shape.size() == 3 && shape.get(0) == 1;
        if (shape.size() != 2 && !last && !first) {
            throw fault("depth must be [H, W]");
        }
        int row = first && !last ? 1 : 0;
        double[] values = array.toDoubles();
        return new Plane(Math.toIntExact(shape.get(row + 1)), Math.toIntExact(shape.get(row)), values, white());
    }

    /** Returns the number that stands for white: floats reach up to 1, and integers wider than 16 bits have no common one. */
    private double white() {
        return switch (array.type()) {
            case UINT8 -> 255;
            case UINT16 -> 65_535;
            case INT32, INT64 -> Double.NaN;
            case FLOAT16, FLOAT32, FLOAT64 -> 1;
        };
    }

    /** Returns normals of {@code [H, W, 3]} from -1 to 1 as a picture. */
    RgbImage normals() {
        return picture("normals", -1);
    }

    /** Returns a picture of {@code [H, W, 3]} from 0 to 1, or of bytes. */
    RgbImage picture() {
        return picture("a picture", 0);
    }

    private RgbImage picture(String what, double black) {
        List<Long> shape = array.shape();
        if (shape.size() != 3 || shape.get(2) != 3) {
            throw fault(what + " must be [H, W, 3]"
                    + (shape.size() == 2 && (array.type() == NpyType.INT32 || array.type() == NpyType.INT64)
                            ? "; labels have no colours to draw from, so give their picture, the .png"
                            : ""));
        }
        if (array.type() == NpyType.UINT16 || array.type() == NpyType.INT32 || array.type() == NpyType.INT64) {
            throw fault(what + " must be of uint8 or floats");
        }
        boolean levels = array.type() == NpyType.UINT8;
        double from = levels ? 0 : black;
        double to = levels ? 255 : 1;
        double[] values = array.toDoubles();
        int plane = values.length / 3;
        float[] chw = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            // Unit vectors may miss 1 by rounding.
            if (!(values[i] >= from - 1e-3 && values[i] <= to + 1e-3)) {
                throw fault("it has the number " + values[i] + ", but " + what + " must be from " + from + " to " + to);
            }
            chw[i % 3 * plane + i / 3] = (float) (2 * (values[i] - from) / (to - from) - 1);
        }
        return new FloatImage(Math.toIntExact(shape.get(1)), Math.toIntExact(shape.get(0)), chw)
                .toRgbImage(Quantization.ROUND);
    }

    private ImageException fault(String problem) {
        return new ImageException("cannot take " + file + " as a modality: it holds " + array.shape() + " of "
                + array.type().name().toLowerCase(Locale.ROOT) + "; " + problem);
    }

    /**
     * Numbers of one channel.
     *
     * @param values {@code [height, width]}
     * @param white  the number that stands for white; NaN where there is none
     */
    record Plane(int width, int height, double[] values, double white) {}
}
