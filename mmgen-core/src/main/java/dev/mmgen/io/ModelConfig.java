package dev.mmgen.io;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The settings of a model folder: everything about its model but the weights. Made by name:
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="model-config"}
 *
 * @param format          the version of this form; {@value #FORMAT}
 * @param transformer     the shape of the transformer
 * @param modalityNames   in the order of their channels
 * @param path            the interpolant it was trained on: {@code linear} or {@code cosine}
 * @param latents         the normalization of raw latents
 * @param categories      names of the classes; empty where they are not known
 * @param sampling        sampler, steps and guidance of drawing where a request does not set them
 * @param reading         the same for reading photos, where fewer steps may serve better
 * @param codings         of modalities that have numbers or labels of their own, by name; none in files of before
 * @param optional        names of modalities that the model can do without: their slots are blank, zero everywhere, where a
 *                        request neither wants nor gives them, so that their noise is not in the way of the others'; none in
 *                        files of before
 * @param distilled       what was distilled into the model, in this order; nothing in files of before
 */
public record ModelConfig(
        int format,
        TransformerConfig transformer,
        List<String> modalityNames,
        String path,
        LatentNormalization latents,
        List<String> categories,
        SamplingDefaults sampling,
        SamplingDefaults reading,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, ModalityCoding> codings,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> optional,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Distilled> distilled) {

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
        codings = Collections.unmodifiableMap(new LinkedHashMap<>(codings));
        optional = List.copyOf(optional);
        distilled = List.copyOf(distilled);
        requireKnown("codings", codings.keySet(), modalityNames);
        requireKnown("optional", optional, modalityNames);
        int slots = slots(transformer);
        if (ModalitySet.ofNames(modalityNames).size() != slots) {
            throw new IllegalArgumentException("setting 'modalityNames' lists " + modalityNames.size()
                    + " modalities, but the transformer has " + slots);
        }
        requireDrawing(sampling);
        Interpolant.named(path);
        latents.requireFit(slots, transformer.latentChannels());
        if (!categories.isEmpty() && categories.size() != transformer.classes()) {
            throw new IllegalArgumentException("setting 'categories' lists " + categories.size()
                    + " names, but the transformer has " + transformer.classes() + " classes");
        }
    }

    static void requireDrawing(SamplingDefaults sampling) {
        if (sampling.method().readsWithoutNoise()) {
            throw new IllegalArgumentException(
                    "setting 'sampling' has the sampler direct, which reads photos; draw with another one");
        }
    }

    private static void requireKnown(String setting, Collection<String> names, List<String> modalities) {
        for (String name : names) {
            if (!modalities.contains(name)) {
                throw new IllegalArgumentException("setting '" + setting + "' names '" + name
                        + "', which is none of the modalities " + modalities);
            }
        }
    }

    /** Returns the settings of a model like the released ones: standard modalities and Stable Diffusion's autoencoder. */
    public static ModelConfig standard(TransformerConfig transformer, Interpolant path) {
        return builder(transformer).path(path.name()).build();
    }

    /**
     * Returns a builder of settings like those of the released models: the linear path, standard modalities, Stable
     * Diffusion's autoencoder, no names of classes.
     */
    public static Builder builder(TransformerConfig transformer) {
        return new Builder(transformer);
    }

    /** Returns a builder that begins with these settings. */
    public Builder toBuilder() {
        return new Builder(transformer)
                .modalityNames(modalityNames)
                .path(path)
                .latents(latents)
                .categories(categories)
                .sampling(sampling)
                .reading(reading)
                .codings(codings)
                .optional(optional)
                .distilled(distilled);
    }

    /** A plain SiT has one modality, whatever number its other settings name. */
    private static int slots(TransformerConfig transformer) {
        return transformer.inputChannels() / transformer.latentChannels();
    }

    /** Returns the modalities, with their codings. */
    public ModalitySet modalities() {
        return ModalitySet.of(modalityNames.stream()
                .map(name -> Modality.named(name).withCoding(codings.get(name)))
                .toList());
    }

    /**
     * Returns the slots of the {@link #optional} modalities that a request does without.
     *
     * @param asked what it wants or gives
     */
    public Set<Integer> blank(Collection<Modality> asked) {
        Set<String> names = asked.stream().map(Modality::name).collect(Collectors.toSet());
        return optional.stream()
                .filter(name -> !names.contains(name))
                .map(modalityNames::indexOf)
                .collect(Collectors.toSet());
    }

    /**
     * Checks that guidance is not in the model already: guided twice, it would exaggerate.
     *
     * @throws IllegalArgumentException naming what is
     */
    public void requireUntaught(Guidance guidance) {
        for (Distilled lesson : Distilled.of(guidance)) {
            if (distilled.contains(lesson)) {
                boolean ofClass = lesson == Distilled.GUIDANCE;
                String name = ofClass ? "guidance" : "condition guidance";
                throw new IllegalArgumentException(name + " is "
                        + (ofClass ? guidance.scale() : guidance.conditionScale()) + ", but the model has " + name
                        + " in it already, and more would exaggerate; leave it out, or set it to 1");
            }
        }
    }

    /** Returns true if photos are read in one step without noise, unless a request says otherwise: the model was taught that. */
    public boolean readsDirectly() {
        return reading.method().readsWithoutNoise();
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
                    + (categories.isEmpty()
                            ? "this model's categories have numbers only"
                            : "the model has " + categories));
        }
        return number;
    }

    /** Returns these settings for another transformer of the same modalities. */
    public ModelConfig with(TransformerConfig newTransformer) {
        return toBuilder().transformer(newTransformer).build();
    }

    /**
     * Returns these settings for latents that are normalised otherwise.
     *
     * @throws IllegalArgumentException if there are numbers for other modalities or channels
     */
    public ModelConfig with(LatentNormalization newLatents) {
        return toBuilder().latents(newLatents).build();
    }

    /**
     * Returns these settings for other modalities.
     *
     * @throws IllegalArgumentException if there is another number of them, or a name twice
     */
    public ModelConfig withModalities(List<String> names) {
        return toBuilder().modalityNames(names).build();
    }

    /**
     * Returns these settings with names for the classes.
     *
     * @throws IllegalArgumentException if there is another number of classes
     */
    public ModelConfig withCategories(List<String> names) {
        return toBuilder().categories(names).build();
    }

    /** Returns these settings for a model that draws and reads photos with other defaults. */
    public ModelConfig with(SamplingDefaults newSampling, SamplingDefaults newReading) {
        return toBuilder().sampling(newSampling).reading(newReading).build();
    }

    /**
     * Reads settings in the form of {@code config.json}.
     *
     * @param stream is read to its end; the caller closes it
     * @throws IllegalArgumentException if it holds something else; the message names the setting
     * @throws java.io.UncheckedIOException if the stream fails
     */
    public static ModelConfig read(InputStream stream) {
        return ModelJson.parse(SettingsFile.read(stream), ModelConfig.class);
    }

    /**
     * Writes the settings in the form of {@code config.json}.
     *
     * @param stream the caller closes it
     * @throws IllegalStateException if the latents' normalization is not one that JSON can hold
     * @throws java.io.UncheckedIOException if the stream fails
     */
    public void write(OutputStream stream) {
        SettingsFile.write(stream, ModelJson.write(this));
    }

    /** Settings in the making. A thing of one thread. */
    public static final class Builder {

        private TransformerConfig transformer;
        private List<String> modalityNames = List.of();
        private String path = Interpolant.linear().name();
        private LatentNormalization latents = LatentNormalization.STABLE_DIFFUSION;
        private List<String> categories = List.of();
        private SamplingDefaults sampling = SamplingDefaults.RELEASED;
        private SamplingDefaults reading = SamplingDefaults.RELEASED;
        private Map<String, ModalityCoding> codings = Map.of();
        private List<String> optional = List.of();
        private List<Distilled> distilled = List.of();

        private Builder(TransformerConfig transformer) {
            this.transformer = transformer;
        }

        /** Sets the shape of the transformer. */
        public Builder transformer(TransformerConfig shape) {
            transformer = Objects.requireNonNull(shape, "transformer");
            return this;
        }

        /** Sets the modalities in the order of their channels; none stands for the standard ones. */
        public Builder modalityNames(List<String> names) {
            modalityNames = Objects.requireNonNull(names, "modalityNames");
            return this;
        }

        /** Sets the interpolant that the model is trained on: {@code linear} or {@code cosine}. */
        public Builder path(String name) {
            path = Objects.requireNonNull(name, "path");
            return this;
        }

        /** Sets the normalization of raw latents. */
        public Builder latents(LatentNormalization normalization) {
            latents = Objects.requireNonNull(normalization, "latents");
            return this;
        }

        /** Sets the names of the classes, one each; none where they are not known. */
        public Builder categories(List<String> names) {
            categories = Objects.requireNonNull(names, "categories");
            return this;
        }

        /** Sets the defaults of drawing. */
        public Builder sampling(SamplingDefaults defaults) {
            sampling = Objects.requireNonNull(defaults, "sampling");
            return this;
        }

        /** Sets the defaults of reading photos. */
        public Builder reading(SamplingDefaults defaults) {
            reading = Objects.requireNonNull(defaults, "reading");
            return this;
        }

        /** Sets the codings of modalities by name; those of modalities that the model lacks are left out. */
        public Builder codings(Map<String, ModalityCoding> byName) {
            codings = Objects.requireNonNull(byName, "codings");
            return this;
        }

        /** Sets the names of modalities that the model can do without; those that it lacks are left out. */
        public Builder optional(List<String> names) {
            optional = Objects.requireNonNull(names, "optional");
            return this;
        }

        /** Sets what was distilled into the model, in its order. */
        public Builder distilled(List<Distilled> lessons) {
            distilled = Objects.requireNonNull(lessons, "distilled");
            return this;
        }

        /**
         * Returns the settings.
         *
         * @throws IllegalArgumentException naming the setting that does not fit the others
         */
        public ModelConfig build() {
            List<String> names = modalityNames.isEmpty() ? standardNames(slots(transformer)) : modalityNames;
            Map<String, ModalityCoding> coded = new LinkedHashMap<>(codings);
            coded.keySet().retainAll(names);
            List<String> spared = optional.stream().filter(names::contains).toList();
            return new ModelConfig(
                    FORMAT, transformer, names, path, latents, categories, sampling, reading, coded, spared, distilled);
        }

        private static List<String> standardNames(int slots) {
            List<String> names = ModalitySet.standard().list().stream()
                    .map(modality -> modality.name())
                    .toList();
            if (slots > names.size()) {
                throw new IllegalArgumentException(
                        "a model of " + slots + " modalities needs names for them; only " + names + " are standard");
            }
            return names.subList(0, slots);
        }
    }
}
