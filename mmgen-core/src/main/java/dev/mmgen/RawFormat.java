package dev.mmgen;

import dev.mmgen.geometry.NormalMap;
import dev.mmgen.geometry.RelativeDepth;
import dev.mmgen.geometry.Segments;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatTiff;
import dev.mmgen.image.GreyImage;
import dev.mmgen.modality.LabelCoding;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ScalarCoding;
import dev.mmgen.npy.NpyArray;
import java.nio.file.Path;

/**
 * A file format for the numbers of a {@link MultiModalImage}, which 8-bit pictures round to 256 levels. Depth, normals and
 * pictures are read back as conditions by {@link Modality#read(Path)}.
 */
public enum RawFormat {

    /**
     * NumPy arrays, {@code NAME.MODALITY.npy}. Depth is float32 {@code [H, W]}, relative from 0 (far) to 1 (near); normals are
     * float32 {@code [H, W, 3]} of length 1, x right, y up, z towards the viewer; a segmentation is int32 {@code [H, W]}, the
     * labels of {@link Segments}. A modality with a {@linkplain Modality#coding coding} is float32 {@code [H, W]} of its unit, or
     * int32 {@code [H, W]} of its labels; others are float32 {@code [H, W, 3]} from 0 to 1.
     */
    NPY(".npy") {
        @Override
        void write(MultiModalImage image, Modality modality, Path file) {
            array(image, modality).write(file);
        }
    },

    /**
     * PNGs of 16 bits, {@code NAME.MODALITY.16.png}: depth in grey, near in white, what has a unit in grey as its {@linkplain
     * ScalarCoding#perLevel coding} says, labels in grey, and all others in colour.
     */
    PNG16(".16.png") {
        @Override
        void write(MultiModalImage image, Modality modality, Path file) {
            FloatImage picture = image.numbers(modality);
            if (modality.coding() instanceof ScalarCoding coding) {
                coding.toGreyImage(image.values(modality)).write(file, image.trace());
            } else if (modality.coding() instanceof LabelCoding) {
                GreyImage.of(
                                image.width(),
                                image.height(),
                                image.labels(modality).labels())
                        .write(file, image.trace());
            } else if (modality.equals(Modality.DEPTH)) {
                RelativeDepth.of(picture).toGreyImage().write(file, image.trace());
            } else {
                picture.write(file, image.trace());
            }
        }
    },

    /**
     * TIFF files of floats of 32 bits, {@code NAME.MODALITY.tif}, with the numbers of {@link #NPY}; labels are whole floats.
     */
    TIFF(".tif") {
        @Override
        void write(MultiModalImage image, Modality modality, Path file) {
            NpyArray array = array(image, modality);
            int samples = array.shape().size() == 2 ? 1 : 3;
            new FloatTiff(image.width(), image.height(), samples, array.toFloats()).write(file);
        }
    };

    private final String ending;

    RawFormat(String ending) {
        this.ending = ending;
    }

    /**
     * Returns what {@link #NPY} writes of a modality.
     *
     * @throws java.util.NoSuchElementException if the image does not have it
     */
    public static NpyArray array(MultiModalImage image, Modality modality) {
        long height = image.height();
        long width = image.width();
        if (modality.coding() instanceof ScalarCoding) {
            return NpyArray.of(image.values(modality).values(), height, width);
        }
        if (modality.coding() instanceof LabelCoding) {
            return NpyArray.of(image.labels(modality).labels(), height, width);
        }
        FloatImage picture = image.numbers(modality);
        if (modality.equals(Modality.DEPTH)) {
            return NpyArray.of(RelativeDepth.of(picture).values(), height, width);
        }
        if (modality.equals(Modality.NORMAL)) {
            return NpyArray.of(NormalMap.of(picture).values(), height, width, 3);
        }
        if (modality.equals(Modality.SEGMENTATION)) {
            return NpyArray.of(image.segments().labels(), height, width);
        }
        return NpyArray.of(picture.toUnit(), height, width, 3);
    }

    abstract void write(MultiModalImage image, Modality modality, Path file);

    /** Returns the name of the file for a modality, for example {@code room.depth.npy}. */
    String fileName(String name, Modality modality) {
        return name + "." + modality.name() + ending;
    }
}
