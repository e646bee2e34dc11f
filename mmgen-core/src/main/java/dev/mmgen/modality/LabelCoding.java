package dev.mmgen.modality;

import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/**
 * A modality of one label per pixel, such as classes or parts, as pictures in the colours of a palette. What a model draws
 * becomes the labels of the nearest colours.
 *
 * <p>Files: an array {@code [H, W]} of integers, or a grey picture whose levels are all labels, holds labels, from 0; every other
 * picture holds colours. Labels that the palette lacks, as 255 in many data sets, are holes.
 *
 * @param colours {@code 0xRRGGBB} of each label; at least two, all different, best far apart
 * @param names   of the labels, for people; as many, or none
 */
public record LabelCoding(List<Integer> colours, List<String> names) implements ModalityCoding {

    private static final int MOST_LABELS = 256;

    /** The distance, in levels of each channel, up to which a colour is taken for one of the palette. */
    private static final int NEAR = 48;

    /**
     * Copies and checks the lists.
     *
     * @throws IllegalArgumentException if colours are too few, too many or the same, or the names are of another number
     */
    public LabelCoding {
        colours = List.copyOf(colours);
        names = List.copyOf(names);
        if (colours.size() < 2
                || colours.size() > MOST_LABELS
                || new HashSet<>(colours).size() < colours.size()
                || colours.stream().anyMatch(colour -> colour < 0 || colour > 0xffffff)) {
            throw new IllegalArgumentException("a palette of " + colours.size() + " colours; it must have 2 to "
                    + MOST_LABELS + ", from 0x000000 to 0xffffff and all different");
        }
        if (!names.isEmpty() && names.size() != colours.size()) {
            throw new IllegalArgumentException(
                    names.size() + " names for " + colours.size() + " labels; there must be as many, or none");
        }
    }

    /** Returns labels of these colours, {@code 0xRRGGBB}, without names. */
    public static LabelCoding of(Integer... colours) {
        return new LabelCoding(List.of(colours), List.of());
    }

    /** Returns the same labels with names. */
    public LabelCoding withNames(List<String> others) {
        return new LabelCoding(colours, others);
    }

    /** The labels of a file, as a picture. */
    private record Labels(RgbImage picture, boolean[] known) implements CodedPicture {}

    @Override
    public CodedPicture read(Path file) {
        return NumberFile.isNumbers(file)
                ? painted(file.toString(), NumberFile.read(file).plane())
                : labels(file.toString(), GreyImage.read(file), RgbImage.read(file));
    }

    @Override
    public CodedPicture read(byte[] file) {
        return NumberFile.isNumbers(file)
                ? painted("the file", NumberFile.read(file).plane())
                : labels("the file", GreyImage.read(file), RgbImage.read(file));
    }

    private CodedPicture labels(String file, GreyImage grey, RgbImage picture) {
        double[] levels = Arrays.stream(grey.levels()).asDoubleStream().toArray();
        if (isGrey(picture) && Arrays.stream(levels).anyMatch(level -> level > 0 && level < colours.size())) {
            return painted(file, new NumberFile.Plane(grey.width(), grey.height(), levels, grey.maximum()));
        }
        requireColours(file, picture);
        boolean[] known = new boolean[picture.width() * picture.height()];
        Arrays.fill(known, true);
        return new Labels(picture, known);
    }

    /** Refuses a picture of other colours. Lossy files and soft edges change colours, so one pixel that is near one will do. */
    private void requireColours(String file, RgbImage picture) {
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            for (int colour : colours) {
                if (Math.abs((colour >> 16) - (rgb[i] & 255)) <= NEAR
                        && Math.abs((colour >> 8 & 255) - (rgb[i + 1] & 255)) <= NEAR
                        && Math.abs((colour & 255) - (rgb[i + 2] & 255)) <= NEAR) {
                    return;
                }
            }
        }
        throw new ImageException(file + " has none of the palette's colours "
                + colours.stream()
                        .map(colour -> String.format(Locale.ROOT, "%06x", colour))
                        .toList()
                + "; give the modality a palette that fits");
    }

    private static boolean isGrey(RgbImage picture) {
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            if (rgb[i] != rgb[i + 1] || rgb[i] != rgb[i + 2]) {
                return false;
            }
        }
        return true;
    }

    private CodedPicture painted(String file, NumberFile.Plane plane) {
        double[] labels = plane.values();
        byte[] rgb = new byte[3 * labels.length];
        boolean[] known = new boolean[labels.length];
        boolean any = false;
        for (int i = 0; i < labels.length; i++) {
            double label = labels[i];
            known[i] = label >= 0 && label < colours.size() && label == Math.rint(label);
            any |= known[i];
            if (known[i]) {
                int colour = colours.get((int) label);
                rgb[3 * i] = (byte) (colour >> 16);
                rgb[3 * i + 1] = (byte) (colour >> 8);
                rgb[3 * i + 2] = (byte) colour;
            }
        }
        if (!any) {
            throw new ImageException(file + " has no label from 0 to " + (colours.size() - 1)
                    + ", those of the palette; give the modality a palette that fits");
        }
        return new Labels(RgbImage.of(plane.width(), plane.height(), rgb), known);
    }
}
