package dev.mmgen.train.finetune;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A sample to fine-tune on that a program made or loaded itself.
 *
 * @param name     of its own among the samples; "/" separates folders
 * @param category the class by its name in the model; empty for none
 * @param pictures of one size; {@link Modality#RGB} must be among them, any other may be missing
 */
public record PictureSample(String name, String category, Map<Modality, RgbImage> pictures) {

    /** Copies the map, in its order. */
    public PictureSample {
        pictures = Collections.unmodifiableMap(new LinkedHashMap<>(pictures));
    }

    /** Returns a sample without a class. */
    public static PictureSample of(String name, Map<Modality, RgbImage> pictures) {
        return new PictureSample(name, "", pictures);
    }

    /** Returns the same sample of a class. */
    public PictureSample withCategory(String other) {
        return new PictureSample(name, other, pictures);
    }

    /** Returns the same sample without its picture of a modality. */
    public PictureSample without(Modality modality) {
        Map<Modality, RgbImage> others = new LinkedHashMap<>(pictures);
        others.remove(modality);
        return new PictureSample(name, category, others);
    }
}
