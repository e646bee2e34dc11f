package dev.mmgen.modality;

import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/**
 * The meaning of the levels in a depth file. Models take {@link Modality#DEPTH} as relative inverse depth, near in white and
 * far in black, scaled over the whole picture; other files are brought to that.
 */
public enum DepthCoding {

    /** Relative inverse depth, near in white: the model's own. Levels stay as they are, 16 bits rounded to 8. */
    NEAR_IS_WHITE,

    /** Relative inverse depth, near in black: levels are turned over. */
    FAR_IS_WHITE,

    /**
     * Distances, in any unit of length: millimetres, as most depth cameras write 16-bit PNGs. Inverse distances are
     * scaled over the picture; 0 says that the camera measured nothing, and counts as farthest.
     */
    DISTANCE;

    /** Below a quarter of what 16 bits hold, levels are rather distances than relative depth. */
    private static final double DARKEST_WHITE = 0.25;

    /**
     * Reads a depth file.
     *
     * @return near in white, to be given to a model as {@link Modality#DEPTH}
     * @throws ImageException if it cannot be read, tells no depth since all its pixels have one level, or as relative
     *     depth is so dark that it holds distances
     */
    public RgbImage read(Path file) {
        return read("depth file " + file, GreyImage.read(file), () -> RgbImage.read(file));
    }

    /** Reads the bytes of a depth file, see {@link #read(Path)}. */
    public RgbImage read(byte[] file) {
        return read("the depth file", GreyImage.read(file), () -> RgbImage.read(file));
    }

    /** Reads a stream to its end, see {@link #read(Path)}; the caller closes it. */
    public RgbImage read(InputStream stream) {
        try {
            return read(stream.readAllBytes());
        } catch (IOException e) {
            throw new ImageException("cannot read the depth file from its stream: " + e.getMessage(), e);
        }
    }

    /** A file that is coded as models take it keeps its levels, also where its colours differ a little. */
    private RgbImage read(String name, GreyImage levels, Supplier<RgbImage> unchanged) {
        try {
            RgbImage converted = toRgbImage(levels);
            return this == NEAR_IS_WHITE ? unchanged.get() : converted;
        } catch (IllegalArgumentException e) {
            throw new ImageException(name + " " + e.getMessage(), e);
        }
    }

    /**
     * Returns depth as a model takes it.
     *
     * @return near in white
     * @throws IllegalArgumentException if all levels are the same, or as relative depth they are so dark that they are
     *     distances
     */
    public RgbImage toRgbImage(GreyImage depth) {
        int[] levels = depth.levels();
        double white = depth.maximum();
        int least = Integer.MAX_VALUE;
        int most = 0;
        int nearest = Integer.MAX_VALUE;
        for (int level : levels) {
            least = Math.min(least, level);
            most = Math.max(most, level);
            nearest = level == 0 ? nearest : Math.min(nearest, level);
        }
        if (least == most || this == DISTANCE && nearest == most) {
            throw new IllegalArgumentException(
                    "tells no depth: all its pixels have the level " + most + "; give a picture of different depths");
        }
        if (this != DISTANCE && depth.maximum() > 255 && most < DARKEST_WHITE * white) {
            throw new IllegalArgumentException("has levels up to " + most + " of " + depth.maximum()
                    + ", too dark for relative depth; if they are distances, in millimetres for instance, read it as "
                    + DISTANCE);
        }
        double far = 1.0 / most;
        double near = 1.0 / nearest;
        double range = Math.max(near - far, Double.MIN_NORMAL);
        return switch (this) {
            case NEAR_IS_WHITE -> picture(depth, level -> level / white);
            case FAR_IS_WHITE -> picture(depth, level -> 1 - level / white);
            case DISTANCE -> picture(depth, level -> level == 0 ? 0 : (1 / level - far) / range);
        };
    }

    private static RgbImage picture(GreyImage depth, DoubleUnaryOperator nearness) {
        int[] levels = depth.levels();
        byte[] rgb = new byte[3 * levels.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.round(255 * nearness.applyAsDouble(levels[i / 3]));
        }
        return RgbImage.of(depth.width(), depth.height(), rgb);
    }
}
