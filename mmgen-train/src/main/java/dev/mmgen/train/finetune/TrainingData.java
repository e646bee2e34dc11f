package dev.mmgen.train.finetune;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.ImageSource;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.hdf5.PrecomputedSource;
import dev.mmgen.train.loss.VelocityLoss;
import dev.mmgen.train.prepare.Encoding;
import dev.mmgen.train.prepare.LatentStatistics;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a training: an index, with latents in HDF5 files or with images that are encoded as they are needed.
 *
 * @param index    the JSONL index
 * @param latents  the HDF5 file of each modality, in the order of the model's slots; empty to encode images
 * @param features the HDF5 file of DINOv2 tokens, for representation alignment with {@code latents}; null for none
 */
public record TrainingData(
        Path index, Map<String, Path> latents, @Nullable Path features) {

    /** Samples that statistics are measured on, of a file. */
    private static final int MEASURED = 4000;

    /** Samples that statistics are measured on, of images: each must be encoded, and has many latents. */
    private static final int ENCODED = 256;

    /** Copies the map, in its order. */
    public TrainingData {
        latents = Collections.unmodifiableMap(new LinkedHashMap<>(latents));
    }

    /** Returns the images of an index, which are encoded anew in every epoch. */
    public static TrainingData images(Path index) {
        return new TrainingData(index, Map.of(), null);
    }

    /** Returns true if images are encoded as they are needed. */
    public boolean encodesImages() {
        return latents.isEmpty();
    }

    /** Returns a modality's name in the official index: that of segmentation is "mask", other names are the same. */
    public static String indexName(String modality) {
        return modality.equals("segmentation") ? "mask" : modality;
    }

    /**
     * Returns the plan with the names of the data's modalities.
     *
     * @throws IllegalArgumentException if the plan has other names, or its model another number of modalities
     */
    public TrainingPlan named(TrainingPlan plan) {
        if (encodesImages()) {
            return plan.withModalities(standard(plan.modalityNames()));
        }
        List<String> names = standard(List.copyOf(latents.keySet()));
        if (!plan.modalities().isEmpty() && !standard(plan.modalities()).equals(names)) {
            throw new IllegalArgumentException("the model's modalities are " + String.join(", ", plan.modalities())
                    + ", but there are latents of " + String.join(", ", names));
        }
        if (names.size() != plan.model().modalities()) {
            throw new IllegalArgumentException("the plan's model has "
                    + plan.model().modalities()
                    + " modalities, but there are latents of " + names.size() + ": " + String.join(", ", names) + "; "
                    + settings(names.size()));
        }
        return plan.withModalities(names);
    }

    private static List<String> standard(List<String> names) {
        return ModalitySet.ofNames(names).list().stream().map(Modality::name).toList();
    }

    /** Returns the remedy for another number of modalities than the official one. */
    private static String settings(int modalities) {
        List<Double> official = VelocityLoss.released().modalityWeights();
        List<Double> weights = IntStream.range(0, modalities)
                .mapToObj(i -> official.get(Math.min(i, official.size() - 1)))
                .toList();
        return "write into the plan \"model\": {\"modalities\": " + modalities + "}, \"loss\": {\"modalityWeights\": "
                + weights + "}, with weights of your own";
    }

    /** Returns the names of a plan's modalities in the index. */
    private static List<String> indexNames(TrainingPlan plan) {
        return plan.modalityNames().stream().map(TrainingData::indexName).toList();
    }

    /**
     * Opens the samples of a plan. Close them before the networks.
     *
     * @param plan       says the shape of the latents, and whether the loss needs features
     * @param encoders   the networks; unused where there are latents in files
     * @param badSamples the number of samples that may be missing or damaged
     * @throws DataException if the index lacks images of a modality, or so many of the first samples are bad that training
     *     would end, as all are when their shape is wrong
     */
    public Dataset open(TrainingPlan plan, DataEncoders encoders, int badSamples) {
        SampleShape shape = shape(plan);
        JsonlIndex entries = JsonlIndex.read(index);
        if (encodesImages()) {
            requireImages(entries, plan);
        }
        Dataset samples = new Dataset(entries, encodesImages() ? images(plan, encoders) : files(shape), shape);
        try {
            samples.requireReadable(badSamples);
            return samples;
        } catch (RuntimeException e) {
            samples.close();
            throw e;
        }
    }

    private void requireImages(JsonlIndex entries, TrainingPlan plan) {
        Set<String> known = new LinkedHashSet<>();
        entries.entries().forEach(entry -> known.addAll(entry.images().keySet()));
        if (!known.containsAll(indexNames(plan))) {
            throw new DataException("the model's modalities are " + String.join(", ", plan.modalityNames()) + ", but "
                    + index + " names images of " + String.join(", ", known) + " alone; for fewer modalities, "
                    + settings(known.size()));
        }
    }

    private static SampleShape shape(TrainingPlan plan) {
        TransformerConfig model = plan.model();
        int grid = model.inputSize() / model.patchSize();
        SampleShape shape = SampleShape.of(
                        model.modalities(), model.latentChannels(), model.inputSize(), model.inputSize())
                .withFeatures(
                        grid * grid,
                        model.projections().isEmpty() ? 1 : model.projections().getFirst());
        return plan.loss().needsFeatures() ? shape : shape.withoutFeatures();
    }

    private SampleSource files(SampleShape shape) {
        return PrecomputedSource.open(List.copyOf(latents.values()), shape.hasFeatures() ? features : null);
    }

    private static SampleSource images(TrainingPlan plan, DataEncoders encoders) {
        return new ImageSource(indexNames(plan), posteriors(plan, encoders), tokens(plan, encoders));
    }

    private static ImageSource.Encoder posteriors(TrainingPlan plan, DataEncoders encoders) {
        AutoencoderKl network = Objects.requireNonNull(encoders.autoencoder(), "images need an autoencoder");
        int channels = network.config().latentChannels();
        if (channels != plan.model().latentChannels()) {
            throw new IllegalArgumentException(
                    "the autoencoder's latents have " + channels + " channels, but the plan's"
                            + " model.latentChannels is " + plan.model().latentChannels());
        }
        return Encoding.posteriors(network, Math.multiplyExact(plan.model().inputSize(), network.factor()));
    }

    /** Tokens of the photo at a size that gives one for each patch of the model. */
    private static ImageSource.@Nullable Encoder tokens(TrainingPlan plan, DataEncoders encoders) {
        DinoV2 network = encoders.dino();
        if (network == null) {
            return null;
        }
        TransformerConfig model = plan.model();
        int width = network.config().width();
        if (width != model.projections().getFirst()) {
            throw new IllegalArgumentException("the tokens of DINOv2 are " + width + " wide, but the plan's"
                    + " model.projections is " + model.projections());
        }
        int size = Math.multiplyExact(
                model.inputSize() / model.patchSize(), network.config().patchSize());
        return Encoding.tokens(network, encoders.device(), size);
    }

    /**
     * Measures the latents of one modality: on 4,000 samples of a file, or on 256 images.
     *
     * @param modality one of the plan's
     */
    public LatentNormalization.Statistics statistics(TrainingPlan plan, DataEncoders encoders, String modality) {
        if (!encodesImages()) {
            Path file = List.copyOf(latents.values()).get(plan.modalityNames().indexOf(modality));
            return LatentStatistics.of(List.of(file), MEASURED);
        }
        SampleShape shape = shape(plan);
        SampleShape one = SampleShape.of(1, shape.channels(), shape.height(), shape.width());
        ImageSource images = new ImageSource(List.of(indexName(modality)), posteriors(plan, encoders), null);
        try (Dataset data = new Dataset(JsonlIndex.read(index), images, one)) {
            return LatentStatistics.of(data, ENCODED);
        }
    }
}
