package dev.mmgen.modality;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;

/**
 * The meaning that a modality's pictures have beyond their colours: numbers of a unit, or labels. A model folder keeps it in
 * {@code config.json}, so that what a model draws is undone to numbers or labels again.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ScalarCoding.class, name = "scalar"),
    @JsonSubTypes.Type(value = LabelCoding.class, name = "labels")
})
public sealed interface ModalityCoding permits ScalarCoding, LabelCoding {

    /** A file as a model sees it. */
    interface CodedPicture {

        /** Returns the picture; where nothing is known it is black. */
        RgbImage picture();

        /** Returns what is known, row by row: false for holes. */
        boolean[] known();

        /** Returns the share of what is known that lies outside of the range of the modality, and so is cut off, 0 to 1. */
        default double outside() {
            return 0;
        }
    }

    /**
     * Reads a file of numbers or labels.
     *
     * @throws ImageException if it cannot be read, or holds something else
     */
    CodedPicture read(Path file);

    /** Reads the bytes of a file, see {@link #read(Path)}; arrays and TIFFs are told by their first bytes. */
    CodedPicture read(byte[] file);
}
