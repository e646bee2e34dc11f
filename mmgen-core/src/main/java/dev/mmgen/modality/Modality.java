package dev.mmgen.modality;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A kind of picture of a scene. Every modality is an image of three channels, whose meaning is its own.
 *
 * @param name        in files and programs: lower-case letters, digits, {@code -} and {@code _}, up to 64 of
 *     them
 * @param displayName for people, not blank
 * @param coding      of pictures that stand for numbers or labels; null for pictures as such
 */
public record Modality(
        String name,
        String displayName,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ModalityCoding coding) {

    // Before the constants, whose constructor needs it.
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

    private static final String SEGMENTATION_ALIAS = "mask";

    /** The photo itself. */
    public static final Modality RGB = new Modality("rgb", "RGB");

    /** Relative depth, brighter where nearer, scaled per image. */
    public static final Modality DEPTH = new Modality("depth", "Depth");

    /** Surface normals, their x, y and z as red, green and blue. */
    public static final Modality NORMAL = new Modality("normal", "Normals");

    /** Segments without classes, each in a colour of its own. The official implementation calls it "mask". */
    public static final Modality SEGMENTATION = new Modality("segmentation", "Segmentation");

    /** The official order. */
    static final List<Modality> STANDARD = List.of(RGB, DEPTH, NORMAL, SEGMENTATION);

    /**
     * Makes a modality of your own, for example {@code new Modality("canny", "Canny edges")}.
     *
     * @throws IllegalArgumentException if a name breaks the rules
     */
    public Modality(String name, String displayName) {
        this(name, displayName, null);
    }

    /**
     * Makes a modality whose pictures stand for numbers or labels.
     *
     * @throws IllegalArgumentException if a name breaks the rules
     */
    public Modality {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' cannot name a modality; use up to 64 lower-case letters,"
                    + " digits, '-' and '_', beginning with a letter or a digit");
        }
        if (displayName.isBlank()) {
            throw new IllegalArgumentException("the modality '" + name + "' needs a display name");
        }
    }

    /**
     * Returns the standard modality of this name, or a new one that displays as its name. Case does not matter.
     *
     * @param name for example {@code depth} or {@code canny}; {@code mask} is {@link #SEGMENTATION}
     * @throws IllegalArgumentException if the name breaks the rules
     */
    public static Modality named(String name) {
        String canonical = canonicalName(name);
        for (Modality modality : STANDARD) {
            if (modality.name.equals(canonical)) {
                return modality;
            }
        }
        return new Modality(canonical, canonical);
    }

    /** Returns the same modality with another coding; null for pictures as such. */
    public Modality withCoding(@Nullable ModalityCoding other) {
        return new Modality(name, displayName, other);
    }

    static String canonicalName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals(SEGMENTATION_ALIAS) ? SEGMENTATION.name : lower;
    }

    /**
     * Reads a file with this modality: as its {@linkplain #coding} says, or else depth as {@link DepthCoding#NEAR_IS_WHITE},
     * which refuses files of distances by name, normals as {@link NormalCoding#OPENGL}, and all others as a person sees them. A
     * name that ends in {@code .npy} is a NumPy array, one in {@code .tif} or {@code .tiff} a TIFF of floats: depth
     * {@code [H, W]}, normals {@code [H, W, 3]} from -1 to 1, others {@code [H, W, 3]} from 0 to 1 or of bytes.
     *
     * @throws dev.mmgen.image.ImageException as {@link RgbImage#read(Path)}, or if a depth file holds distances or is nearly
     *     constant, or an array has another shape or range
     */
    public RgbImage read(Path file) {
        if (coding != null) {
            return coding.read(file).picture();
        }
        if (name.equals(DEPTH.name)) {
            return DepthCoding.NEAR_IS_WHITE.read(file);
        }
        if (name.equals(NORMAL.name)) {
            return NormalCoding.OPENGL.read(file);
        }
        return NumberFile.isNumbers(file) ? NumberFile.read(file).picture() : RgbImage.read(file);
    }

    /** Reads the bytes of a file with this modality, see {@link #read(Path)}; an array or TIFF is told by its first bytes. */
    public RgbImage read(byte[] file) {
        if (coding != null) {
            return coding.read(file).picture();
        }
        if (name.equals(DEPTH.name)) {
            return DepthCoding.NEAR_IS_WHITE.read(file);
        }
        if (name.equals(NORMAL.name)) {
            return NormalCoding.OPENGL.read(file);
        }
        return NumberFile.isNumbers(file) ? NumberFile.read(file).picture() : RgbImage.read(file);
    }

    /**
     * Reads a file with this modality from a stream to its end, see {@link #read(Path)}; the caller closes it.
     *
     * @throws dev.mmgen.image.ImageException also if the stream fails
     */
    public RgbImage read(InputStream stream) {
        try {
            return read(stream.readAllBytes());
        } catch (IOException e) {
            throw new ImageException("cannot read " + name + " from its stream: " + e.getMessage(), e);
        }
    }

    /** Modalities of one name are the same, whatever they are called for people. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Modality modality && modality.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** Returns the name. */
    @Override
    public String toString() {
        return name;
    }
}
