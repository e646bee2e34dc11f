package dev.mmgen.io;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import java.util.List;

/**
 * Everything a model folder says about its model, apart from the weights.
 *
 * @param format          the version of this form; {@value #FORMAT}
 * @param transformer     the shape of the transformer
 * @param modalityNames   in the order of their channels
 * @param path            the interpolant it was trained on: {@code linear} or {@code cosine}
 * @param latents         how raw latents are normalised
 * @param categories      names of the classes; empty where they are not known
 * @param sampling        how it draws unless a request says otherwise
 * @param reading         how it reads photos unless a request says otherwise: fewer steps may serve better there
 */
public record ModelConfig(
        int format,
        TransformerConfig transformer,
        List<String> modalityNames,
        String path,
        LatentNormalization latents,
        List<String> categories,
        SamplingDefaults sampling,
        SamplingDefaults reading) {

    /** The version that this library writes. */
    public static final int FORMAT = 1;

    /**
     * Checks that the settings fit each other.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public ModelConfig {
        if (format != FORMAT) {
            throw new IllegalArgumentException("setting 'format' is " + format + "; this library reads format " + FORMAT
                    + (format > FORMAT ? ", use a newer mmgen" : ""));
        }
        modalityNames = List.copyOf(modalityNames);
        categories = List.copyOf(categories);
        int slots = slots(transformer);
        if (ModalitySet.ofNames(modalityNames).size() != slots) {
            throw new IllegalArgumentException("setting 'modalityNames' lists " + modalityNames.size()
                    + " modalities, but the transformer has " + slots);
        }
        Interpolant.named(path);
        latents.requireFit(slots, transformer.latentChannels());
        if (!categories.isEmpty() && categories.size() != transformer.classes()) {
            throw new IllegalArgumentException("setting 'categories' lists " + categories.size()
                    + " names, but the transformer has " + transformer.classes() + " classes");
        }
    }

    /** Returns the settings of a model like the released ones: standard modalities and Stable Diffusion's autoencoder. */
    public static ModelConfig standard(TransformerConfig transformer, Interpolant path) {
        List<String> names = ModalitySet.standard().list().stream()
                .map(modality -> modality.name())
                .toList();
        int slots = slots(transformer);
        if (slots > names.size()) {
            throw new IllegalArgumentException(
                    "a model of " + slots + " modalities needs names for them; only " + names + " are standard");
        }
        return new ModelConfig(
                FORMAT,
                transformer,
                names.subList(0, slots),
                path.name(),
                LatentNormalization.STABLE_DIFFUSION,
                List.of(),
                SamplingDefaults.RELEASED,
                SamplingDefaults.RELEASED);
    }

    /** A plain SiT has one modality, whatever number its other settings name. */
    private static int slots(TransformerConfig transformer) {
        return transformer.inputChannels() / transformer.latentChannels();
    }

    /** Returns the modalities. */
    public ModalitySet modalities() {
        return ModalitySet.ofNames(modalityNames);
    }

    /** Returns the path. */
    public Interpolant interpolant() {
        return Interpolant.named(path);
    }

    /**
     * Returns the number of the class of that name.
     *
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public int category(String name) {
        int number = categories.indexOf(name);
        if (number < 0) {
            throw new IllegalArgumentException("there is no category '" + name + "'; "
                    + (categories.isEmpty() ? "this model's have numbers only" : "the model has " + categories));
        }
        return number;
    }

    /** Returns these settings for another transformer of the same modalities. */
    public ModelConfig with(TransformerConfig newTransformer) {
        return new ModelConfig(format, newTransformer, modalityNames, path, latents, categories, sampling, reading);
    }

    /**
     * Returns these settings for latents that are normalised otherwise.
     *
     * @throws IllegalArgumentException if there are numbers for other modalities or channels
     */
    public ModelConfig with(LatentNormalization newLatents) {
        return new ModelConfig(format, transformer, modalityNames, path, newLatents, categories, sampling, reading);
    }

    /**
     * Returns these settings for other modalities.
     *
     * @throws IllegalArgumentException if there is another number of them, or a name twice
     */
    public ModelConfig withModalities(List<String> names) {
        return new ModelConfig(format, transformer, names, path, latents, categories, sampling, reading);
    }

    /**
     * Returns these settings with names for the classes.
     *
     * @throws IllegalArgumentException if there is another number of classes
     */
    public ModelConfig withCategories(List<String> names) {
        return new ModelConfig(format, transformer, modalityNames, path, latents, names, sampling, reading);
    }

    /** Returns these settings for a model that draws and reads photos otherwise. */
    public ModelConfig with(SamplingDefaults newSampling, SamplingDefaults newReading) {
        return new ModelConfig(format, transformer, modalityNames, path, latents, categories, newSampling, newReading);
    }
}
