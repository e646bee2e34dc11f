package dev.mmgen;

import dev.mmgen.geometry.NormalMap;
import dev.mmgen.geometry.RelativeDepth;
import dev.mmgen.geometry.Segments;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.LabelCoding;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ScalarCoding;
import dev.mmgen.npy.NpyArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One scene in several modalities, all of one size and aligned pixel by pixel. Immutable.
 *
 * <p>Depth is relative: near is bright, and the range of each picture is its own. Normals are coded in colour. The colours of a
 * segmentation have no meaning beyond telling segments apart.
 *
 * <p>What was drawn is also there as it was decoded, before it became pictures of 8 bits: {@link #numbers}, and in each
 * modality's own terms {@link #relativeDepth}, {@link #normalMap} and {@link #segments}.
 */
public final class MultiModalImage {

    private final Map<Modality, RgbImage> pictures;
    private final Map<Modality, FloatImage> numbers;
    private final Map<Modality, FloatMap> uncertainty;
    private final Map<String, String> trace;

    /**
     * Joins pictures of one size.
     *
     * @throws IllegalArgumentException if there is none, or the sizes differ
     */
    public MultiModalImage(Map<Modality, RgbImage> pictures) {
        this(pictures, Map.of(), Map.of(), Map.of());
    }

    /**
     * Joins pictures, what those that were drawn were decoded to, and how they were drawn.
     *
     * @param numbers     of some of the modalities, of the pictures' size
     * @param uncertainty likewise
     */
    MultiModalImage(
            Map<Modality, RgbImage> pictures,
            Map<Modality, FloatImage> numbers,
            Map<Modality, FloatMap> uncertainty,
            Map<String, String> trace) {
        if (pictures.isEmpty()) {
            throw new IllegalArgumentException("a multi-modal image needs at least one picture");
        }
        RgbImage first = pictures.values().iterator().next();
        for (RgbImage picture : pictures.values()) {
            if (picture.width() != first.width() || picture.height() != first.height()) {
                throw new IllegalArgumentException(
                        "the pictures of a scene differ in size: " + first + " and " + picture);
            }
        }
        this.pictures = Collections.unmodifiableMap(new LinkedHashMap<>(pictures));
        this.numbers = Map.copyOf(numbers);
        this.uncertainty = Map.copyOf(uncertainty);
        this.trace = Collections.unmodifiableMap(new LinkedHashMap<>(trace));
    }

    /** Returns the number of columns, the same in every picture. */
    public int width() {
        return pictures.values().iterator().next().width();
    }

    /** Returns the number of rows, the same in every picture. */
    public int height() {
        return pictures.values().iterator().next().height();
    }

    /** Returns the pictures in the order of the model's modalities. */
    public Map<Modality, RgbImage> pictures() {
        return pictures;
    }

    /**
     * Returns the picture of a modality.
     *
     * @throws NoSuchElementException if there is none; the message lists those that there are
     */
    public RgbImage get(Modality modality) {
        RgbImage picture = pictures.get(modality);
        if (picture == null) {
            throw new NoSuchElementException("this image has no '" + modality.name() + "'; it has "
                    + pictures.keySet().stream().map(Modality::name).collect(Collectors.joining(", ")));
        }
        return picture;
    }

    /** Returns the photo. */
    public RgbImage rgb() {
        return get(Modality.RGB);
    }

    /** Returns the depth; near is bright. */
    public RgbImage depth() {
        return get(Modality.DEPTH);
    }

    /** Returns the surface normals. */
    public RgbImage normal() {
        return get(Modality.NORMAL);
    }

    /** Returns the segmentation. */
    public RgbImage segmentation() {
        return get(Modality.SEGMENTATION);
    }

    /**
     * Returns a modality in numbers: what was decoded, before it became a picture of 8 bits. What was given, or made of
     * pictures, has the numbers of its levels.
     *
     * @throws NoSuchElementException if there is none; the message lists those that there are
     */
    public FloatImage numbers(Modality modality) {
        RgbImage picture = get(modality);
        FloatImage decoded = numbers.get(modality);
        return decoded == null ? FloatImage.of(picture) : decoded;
    }

    /** Returns the depth as floats: inverse depth up to scale and shift, from 0 (far) to 1 (near). */
    public RelativeDepth relativeDepth() {
        return RelativeDepth.of(numbers(Modality.DEPTH));
    }

    /**
     * Returns a modality in numbers of its unit, as its {@linkplain ScalarCoding coding} says, which the model's folder keeps.
     *
     * @throws NoSuchElementException if there is none
     * @throws IllegalArgumentException if its pictures stand for no numbers
     */
    public FloatMap values(Modality modality) {
        if (own(modality).coding() instanceof ScalarCoding coding) {
            return coding.numbers(numbers(modality));
        }
        throw new IllegalArgumentException(
                "the pictures of '" + modality.name()
                        + "' have no range of numbers in this model; numbers() has them as decoded, and relativeDepth() and normalMap() depth and normals");
    }

    /**
     * Returns a modality in labels of its palette, as its {@linkplain LabelCoding coding} says, which the model's folder keeps.
     *
     * @throws NoSuchElementException if there is none
     * @throws IllegalArgumentException if its pictures stand for no labels
     */
    public Segments labels(Modality modality) {
        if (own(modality).coding() instanceof LabelCoding coding) {
            return Segments.of(numbers(modality).toRgbImage(Quantization.ROUND), coding.colours());
        }
        throw new IllegalArgumentException("the pictures of '" + modality.name()
                + "' have no palette of labels in this model; Segments.of() tells labels by their colours");
    }

    /** Returns a modality as the model knows it; modalities of one name are equal. */
    private Modality own(Modality modality) {
        get(modality);
        return pictures.keySet().stream().filter(modality::equals).findFirst().orElseThrow();
    }

    /** Returns the surface normals as vectors of length 1: x right, y up, z towards the viewer. */
    public NormalMap normalMap() {
        return NormalMap.of(numbers(Modality.NORMAL));
    }

    /** Returns the segmentation as labels, told apart by their colours; for a known palette see {@link Segments#of(RgbImage, List)}. */
    public Segments segments() {
        return Segments.of(segmentation());
    }

    /**
     * Returns how far the readings of an {@linkplain ImageRequestBuilder#ensemble ensemble} differ at each pixel: for depth the
     * standard deviation after alignment, in parts of the range from far to near; for normals the mean angle to the mean
     * direction, in degrees; for a segmentation the share of readings that voted otherwise, from 0 to 1; for others the standard
     * deviation of the levels, from black (0) to white (1). Where it is large, errors are.
     *
     * @throws NoSuchElementException if there is none: the modality was given, or read once
     */
    public FloatMap uncertainty(Modality modality) {
        FloatMap map = uncertainty.get(modality);
        if (map == null) {
            get(modality);
            throw new NoSuchElementException(
                    "the uncertainty of '" + modality.name()
                            + "' is not known: only an ensemble of readings tells it, understand(photo).ensemble(10) for instance");
        }
        return map;
    }

    /** Returns the modalities whose uncertainty is known. */
    public Set<Modality> uncertain() {
        return uncertainty.keySet();
    }

    /**
     * Returns how this was drawn, as texts by keyword: {@code Software}, {@code Model}, {@code Seed}, {@code Image} (its number
     * among those of the seed, from 0), {@code Size}, {@code Sampler}, {@code Steps}, {@code Guidance}, and where there are some
     * {@code Shift} or {@code Times} of the steps, {@code Category}, {@code Conditions}, {@code Condition guidance}, {@code Inpainted}, {@code Ensemble}, {@code Fit},
     * and {@code Strength} of what began from another image. Empty for an image that was made of pictures.
     */
    public Map<String, String> trace() {
        return trace;
    }

    /**
     * Returns this image with other texts for its files, which may be none.
     *
     * @param newTrace by keywords of 1 to 79 printable ASCII characters
     */
    public MultiModalImage withTrace(Map<String, String> newTrace) {
        return new MultiModalImage(pictures, numbers, uncertainty, newTrace);
    }

    /** Returns all pictures in a row. */
    public RgbImage sideBySide() {
        RgbImage[] row = pictures.values().toArray(RgbImage[]::new);
        RgbImage[] others = new RgbImage[row.length - 1];
        System.arraycopy(row, 1, others, 0, others.length);
        return row[0].beside(others);
    }

    /**
     * Writes {@code NAME.png}, all pictures side by side, and {@code NAME.MODALITY.png} for each; for an ensemble also
     * {@code NAME.MODALITY.uncertainty.png} of 16 bits, whose text {@code White} is the number that is white. They carry the {@link #trace}
     * as texts, which {@link dev.mmgen.image.PngText} reads.
     *
     * @param folder is made if needed
     * @throws dev.mmgen.image.ImageException if a file cannot be written; none is left half written
     */
    public void write(Path folder, String name) {
        sideBySide().write(folder.resolve(name + ".png"), trace);
        pictures.forEach(
                (modality, picture) -> picture.write(folder.resolve(name + "." + modality.name() + ".png"), trace));
        uncertainty.forEach((modality, map) -> {
            Map<String, String> texts = new LinkedHashMap<>(trace);
            texts.put("White", Float.toString(map.max()));
            map.toGreyImage(map.max()).write(folder.resolve(name + "." + modality.name() + ".uncertainty.png"), texts);
        });
    }

    /**
     * Writes the numbers of all modalities, {@code NAME.MODALITY.npy}, {@code .16.png} or {@code .tif}; for an ensemble with arrays also
     * {@code NAME.MODALITY.uncertainty.npy}, float32 {@code [H, W]}.
     *
     * @param folder is made if needed
     * @return the names of the files
     * @throws dev.mmgen.image.ImageException or {@link dev.mmgen.npy.NpyException} if a file cannot be written; none is left
     *     half written
     */
    public List<String> writeRaw(Path folder, String name, RawFormat format) {
        List<String> files = new ArrayList<>();
        for (Modality modality : pictures.keySet()) {
            String file = format.fileName(name, modality);
            format.write(this, modality, folder.resolve(file));
            files.add(file);
        }
        if (format == RawFormat.NPY) {
            uncertainty.forEach((modality, map) -> {
                String file = name + "." + modality.name() + ".uncertainty.npy";
                NpyArray.of(map.values(), map.height(), map.width()).write(folder.resolve(file));
                files.add(file);
            });
        }
        return List.copyOf(files);
    }

    /** Returns true for an image with the same pictures of the same modalities, in whatever order. */
    @Override
    public boolean equals(Object other) {
        return other instanceof MultiModalImage image && pictures.equals(image.pictures);
    }

    @Override
    public int hashCode() {
        return pictures.hashCode();
    }

    @Override
    public String toString() {
        return "MultiModalImage[" + width() + " x " + height() + ": "
                + pictures.keySet().stream().map(Modality::name).collect(Collectors.joining(", ")) + "]";
    }
}
