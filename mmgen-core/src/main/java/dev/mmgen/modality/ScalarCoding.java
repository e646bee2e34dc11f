package dev.mmgen.modality;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.NumberFile.Plane;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A modality of one number per pixel, such as a temperature, a height or a distance, as grey pictures. A range is stretched from
 * black to white by a mapping; what lies outside is clamped. Models see 256 levels, about the precision of an autoencoder, so
 * a logarithm or an inverse serves numbers that span several magnitudes: of 0.1 to 100 in linear steps of 0.4, all below 0.2 is
 * one level.
 *
 * <p>Files: a {@code .npy} array {@code [H, W]} or TIFF of floats and a picture of 16 bits hold numbers of the unit, a picture of 8 bits holds
 * levels, 0 for black to 255 for white. NaN, infinities and {@link #missing} numbers are holes.
 *
 * @param black    the number that is black
 * @param white    the number that is white; it may be the smaller one, as for depth, whose near is bright
 * @param mapping  between them
 * @param perLevel the number that one level of a 16-bit picture stands for: 1 for plain numbers, 0.001 for metres of which a
 *                 camera writes millimetres, above 0
 * @param missing  numbers that files have where nothing is known, such as 0 of depth cameras; none by default
 * @param unit     for people; may be empty
 */
public record ScalarCoding(
        double black, double white, Mapping mapping, double perLevel, List<Double> missing, String unit)
        implements ModalityCoding {

    /** The most that a level of a 16-bit picture can be. */
    private static final int DEEP_WHITE = 65_535;

    /** A mapping of numbers, between whose results for black and white the levels are spread evenly. */
    public enum Mapping {
        /** The number itself. */
        LINEAR {
            @Override
            double of(double number) {
                return number;
            }

            @Override
            double undo(double mapped) {
                return mapped;
            }
        },
        /** One by the number: the same steps of distance are finer where it is near. */
        INVERSE {
            @Override
            double of(double number) {
                return 1 / number;
            }

            @Override
            double undo(double mapped) {
                return 1 / mapped;
            }
        },
        /** Its logarithm: the same ratio is the same step everywhere. */
        LOGARITHMIC {
            @Override
            double of(double number) {
                return Math.log(number);
            }

            @Override
            double undo(double mapped) {
                return Math.exp(mapped);
            }
        };

        abstract double of(double number);

        abstract double undo(double mapped);
    }

    /**
     * Copies the list and checks the range.
     *
     * @throws IllegalArgumentException naming the setting that is out of range
     */
    public ScalarCoding {
        Objects.requireNonNull(mapping, "mapping");
        Objects.requireNonNull(unit, "unit");
        missing = List.copyOf(missing);
        if (!Double.isFinite(black) || !Double.isFinite(white) || black == white) {
            throw new IllegalArgumentException(
                    "a range from " + black + " to " + white + "; it must go from one finite number to another");
        }
        if (mapping != Mapping.LINEAR && !(black > 0 && white > 0)) {
            throw new IllegalArgumentException("a range from " + black + " to " + white + " cannot be mapped "
                    + mapping.name().toLowerCase(Locale.ROOT) + "; both ends must be above 0");
        }
        if (!(perLevel > 0 && Double.isFinite(perLevel))) {
            throw new IllegalArgumentException(
                    "a level of 16-bit pictures that stands for " + perLevel + "; it must be above 0");
        }
    }

    /** Returns a linear range. */
    public static ScalarCoding of(double black, double white) {
        return new ScalarCoding(black, white, Mapping.LINEAR, 1, List.of(), "");
    }

    /** Returns the same range with another mapping. */
    public ScalarCoding withMapping(Mapping other) {
        return new ScalarCoding(black, white, other, perLevel, missing, unit);
    }

    /** Returns the same coding where a level of 16-bit pictures stands for another number. */
    public ScalarCoding withPerLevel(double number) {
        return new ScalarCoding(black, white, mapping, number, missing, unit);
    }

    /** Returns the same coding with other numbers that mean that nothing is known. */
    public ScalarCoding withMissing(List<Double> numbers) {
        return new ScalarCoding(black, white, mapping, perLevel, numbers, unit);
    }

    /** Returns the same coding with another unit. */
    public ScalarCoding withUnit(String name) {
        return new ScalarCoding(black, white, mapping, perLevel, missing, name);
    }

    /** Returns the place of a number from black (0) to white (1), clamped; NaN for NaN. */
    public double level(double number) {
        double low = mapping.of(black);
        double share = (mapping.of(clamp(number)) - low) / (mapping.of(white) - low);
        return Math.clamp(share, 0, 1);
    }

    private double clamp(double number) {
        return Math.clamp(number, Math.min(black, white), Math.max(black, white));
    }

    /** Returns the number at a place from black (0) to white (1). */
    public double number(double level) {
        double low = mapping.of(black);
        return clamp(mapping.undo(low + level * (mapping.of(white) - low)));
    }

    /** The numbers of a file. */
    private record Numbers(FloatMap map, boolean[] known, ScalarCoding coding) implements CodedPicture {

        @Override
        public double outside() {
            int all = 0;
            int outside = 0;
            for (int i = 0; i < known.length; i++) {
                float number = map.values()[i];
                all += known[i] ? 1 : 0;
                outside += known[i] && coding.clamp(number) != number ? 1 : 0;
            }
            return (double) outside / all;
        }

        @Override
        public RgbImage picture() {
            return coding.picture(map);
        }
    }

    /** Returns numbers as a grey picture; holes are black. */
    public RgbImage picture(FloatMap numbers) {
        float[] values = numbers.values();
        byte[] rgb = new byte[3 * values.length];
        for (int i = 0; i < values.length; i++) {
            double level = level(values[i]);
            Arrays.fill(rgb, 3 * i, 3 * i + 3, (byte) Math.round(Double.isNaN(level) ? 0 : 255 * level));
        }
        return RgbImage.of(numbers.width(), numbers.height(), rgb);
    }

    /** Returns the numbers of a picture, as decoded: those of the mean of its channels. */
    public FloatMap numbers(FloatImage picture) {
        float[] unit = picture.toUnit();
        float[] numbers = new float[unit.length / 3];
        for (int i = 0; i < numbers.length; i++) {
            double mean = ((double) unit[3 * i] + unit[3 * i + 1] + unit[3 * i + 2]) / 3;
            numbers[i] = (float) number(mean);
        }
        return new FloatMap(picture.width(), picture.height(), numbers);
    }

    /** Returns numbers as a picture of 16 bits, each level {@link #perLevel}; it holds nothing below 0. */
    public GreyImage toGreyImage(FloatMap numbers) {
        int[] levels = new int[numbers.values().length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (int) Math.clamp(Math.round(numbers.values()[i] / perLevel), 0, DEEP_WHITE);
        }
        return GreyImage.of(numbers.width(), numbers.height(), levels);
    }

    @Override
    public CodedPicture read(Path file) {
        return coded(
                file.toString(),
                NumberFile.isNumbers(file) ? ofArray(NumberFile.read(file).plane()) : ofLevels(GreyImage.read(file)));
    }

    @Override
    public CodedPicture read(byte[] file) {
        return coded(
                "the file",
                NumberFile.isNumbers(file) ? ofArray(NumberFile.read(file).plane()) : ofLevels(GreyImage.read(file)));
    }

    private CodedPicture coded(String file, FloatMap map) {
        boolean[] known = new boolean[map.values().length];
        boolean any = false;
        for (int i = 0; i < known.length; i++) {
            known[i] = isKnown(map.values()[i]);
            any |= known[i];
        }
        if (!any) {
            throw new ImageException(file + " has no number that is known: all are NaN"
                    + (missing.isEmpty() ? " or infinite" : ", infinite or " + missing) + "; leave this file out");
        }
        return new Numbers(map, known, this);
    }

    private boolean isKnown(float number) {
        return Float.isFinite(number) && missing.stream().noneMatch(hole -> hole.floatValue() == number);
    }

    private static FloatMap ofArray(Plane plane) {
        float[] values = new float[plane.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) plane.values()[i];
        }
        return new FloatMap(plane.width(), plane.height(), values);
    }

    private FloatMap ofLevels(GreyImage picture) {
        int[] levels = picture.levels();
        float[] values = new float[levels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (picture.maximum() == DEEP_WHITE ? levels[i] * perLevel : number(levels[i] / 255.0));
        }
        return new FloatMap(picture.width(), picture.height(), values);
    }
}
