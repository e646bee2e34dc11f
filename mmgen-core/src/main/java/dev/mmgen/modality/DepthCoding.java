package dev.mmgen.modality;

import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.NumberFile.Plane;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/**
 * The meaning of the levels in a depth file. Models take {@link Modality#DEPTH} as relative inverse depth, near in white and
 * far in black, scaled over the whole picture; other files are brought to that, in 8 bits as in training.
 */
public enum DepthCoding {

    /** Relative inverse depth, near in white: the model's own. Levels stay as they are, 16 bits and floats rounded to 8. */
    NEAR_IS_WHITE,

    /** Relative inverse depth, near in black: levels are turned over. */
    FAR_IS_WHITE,

    /**
     * Distances, in any unit of length: millimetres, as most depth cameras write 16-bit PNGs, or metres as floats. Inverse
     * distances are scaled over the picture, so the unit does not matter; 0, less, and what is not finite say that the camera
     * measured nothing, and count as farthest.
     */
    DISTANCE;

    private static final String SAYING_SO =
            "DepthCoding.DISTANCE in Java, --depth-unit mm or m on the command line, \"depthCoding\": \"distance\" over HTTP";

    /** Below a quarter of what 16 bits hold, levels are rather distances than relative depth. */
    private static final double DARKEST_WHITE = 0.25;

    /** Relative depth that spans less than 2 % of black to white (5 of 256 levels) is as good as constant. */
    private static final double LEAST_RANGE = 0.02;

    /** Distances that differ by less than 1 % are noise of the camera, which scaling would blow up to a scene. */
    private static final double LEAST_RATIO = 1.01;

    /**
     * Reads a depth file: a picture, or a {@code .npy} array {@code [H, W]} or TIFF of floats, relative from 0 to 1, or of distances in
     * any type.
     *
     * @return near in white, to be given to a model as {@link Modality#DEPTH}
     * @throws ImageException if it cannot be read, tells no depth since its pixels have one level or nearly so, or as
     *     relative depth is out of range or so dark that it holds distances
     */
    public RgbImage read(Path file) {
        String name = "depth file " + file;
        if (NumberFile.isNumbers(file)) {
            Plane numbers = NumberFile.read(file).plane();
            return named(name, () -> toRgbImage(numbers));
        }
        return read(name, GreyImage.read(file), () -> RgbImage.read(file));
    }

    /** Reads the bytes of a depth file, see {@link #read(Path)}; an array is told by its first bytes. */
    public RgbImage read(byte[] file) {
        if (NumberFile.isNumbers(file)) {
            Plane numbers = NumberFile.read(file).plane();
            return named("the depth file", () -> toRgbImage(numbers));
        }
        return read("the depth file", GreyImage.read(file), () -> RgbImage.read(file));
    }

    /** Reads a depth file from a stream to its end, see {@link #read(Path)}; the caller closes it. */
    public RgbImage read(InputStream stream) {
        try {
            return read(stream.readAllBytes());
        } catch (IOException e) {
            throw new ImageException("cannot read the depth file from its stream: " + e.getMessage(), e);
        }
    }

    /** A file that is coded as models take it keeps its levels, also where its colours differ a little. */
    private RgbImage read(String name, GreyImage levels, Supplier<RgbImage> unchanged) {
        RgbImage converted = named(name, () -> toRgbImage(levels));
        return this == NEAR_IS_WHITE ? unchanged.get() : converted;
    }

    private static RgbImage named(String name, Supplier<RgbImage> conversion) {
        try {
            return conversion.get();
        } catch (IllegalArgumentException e) {
            throw new ImageException(name + " " + e.getMessage(), e);
        }
    }

    /**
     * Returns depth as a model takes it.
     *
     * @return near in white
     * @throws IllegalArgumentException if all levels are the same or nearly so, or as relative depth they are so dark that
     *     they are distances
     */
    public RgbImage toRgbImage(GreyImage depth) {
        double[] levels = Arrays.stream(depth.levels()).asDoubleStream().toArray();
        return toRgbImage(new Plane(depth.width(), depth.height(), levels, depth.maximum()));
    }

    /**
     * Returns depth as a model takes it.
     *
     * @param width  columns
     * @param height rows
     * @param values {@code [height, width]}: relative from 0 to 1, or distances in any unit
     * @return near in white
     * @throws IllegalArgumentException if the sizes do not fit, the values are the same or nearly so, or as relative depth
     *     they are not from 0 to 1
     */
    public RgbImage toRgbImage(int width, int height, float[] values) {
        if (width < 1 || height < 1 || (long) width * height != values.length) {
            throw new IllegalArgumentException(
                    "a depth of " + width + " x " + height + " pixels needs as many values, not " + values.length);
        }
        double[] numbers = new double[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return toRgbImage(new Plane(width, height, numbers, 1));
    }

    private RgbImage toRgbImage(Plane depth) {
        return this == DISTANCE ? ofDistances(depth) : ofRelative(depth);
    }

    private RgbImage ofRelative(Plane depth) {
        double white = depth.white();
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (double value : depth.values()) {
            // Written so that NaN is out of range as well.
            if (!(value >= 0 && value <= white)) {
                throw new IllegalArgumentException("holds " + value + (Double.isNaN(white) ? " as an integer" : "")
                        + "; relative depth is from 0 to 1 in floats, or a picture: scale it, or, if it holds"
                        + " distances, in metres for instance, say so: " + SAYING_SO);
            }
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        requireDifferent(least, most, most - least < LEAST_RANGE * white);
        if (white > 255 && most < DARKEST_WHITE * white) {
            throw new IllegalArgumentException("has levels up to " + text(most) + " of " + text(white)
                    + ", too dark for relative depth; if they are distances, in millimetres for instance, say so: "
                    + SAYING_SO);
        }
        return this == NEAR_IS_WHITE
                ? picture(depth, level -> level / white)
                : picture(depth, level -> 1 - level / white);
    }

    private static RgbImage ofDistances(Plane depth) {
        double nearest = Double.POSITIVE_INFINITY;
        double farthest = 0;
        for (double distance : depth.values()) {
            if (isMeasured(distance)) {
                nearest = Math.min(nearest, distance);
                farthest = Math.max(farthest, distance);
            }
        }
        if (farthest == 0) {
            throw new IllegalArgumentException(
                    "tells no depth: none of its pixels has a distance above 0; the camera measured nothing");
        }
        requireDifferent(nearest, farthest, farthest < LEAST_RATIO * nearest);
        double far = 1 / farthest;
        double range = 1 / nearest - far;
        return picture(depth, distance -> isMeasured(distance) ? (1 / distance - far) / range : 0);
    }

    private static boolean isMeasured(double distance) {
        return distance > 0 && distance < Double.POSITIVE_INFINITY;
    }

    private static void requireDifferent(double least, double most, boolean nearlyConstant) {
        if (least == most) {
            throw new IllegalArgumentException("tells no depth: all its pixels have the level " + text(most)
                    + "; give a picture of different depths");
        }
        if (nearlyConstant) {
            throw new IllegalArgumentException("tells no depth: it is nearly constant, from " + text(least) + " to "
                    + text(most) + "; give a picture of different depths, or scale this one over its range");
        }
    }

    private static String text(double level) {
        return level == Math.rint(level) && Math.abs(level) < 1e9
                ? Long.toString((long) level)
                : Double.toString(level);
    }

    private static RgbImage picture(Plane depth, DoubleUnaryOperator nearness) {
        double[] values = depth.values();
        byte[] rgb = new byte[3 * values.length];
        for (int i = 0; i < values.length; i++) {
            byte level = (byte) Math.round(255 * nearness.applyAsDouble(values[i]));
            Arrays.fill(rgb, 3 * i, 3 * i + 3, level);
        }
        return RgbImage.of(depth.width(), depth.height(), rgb);
    }
}
