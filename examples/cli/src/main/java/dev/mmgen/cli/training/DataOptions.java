package dev.mmgen.cli.training;

import dev.mmgen.cli.prepare.IndexName;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Device;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.ImageSource;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.hdf5.PrecomputedSource;
import dev.mmgen.train.loss.VelocityLoss;
import dev.mmgen.train.prepare.Encoding;
import dev.mmgen.train.prepare.LatentStatistics;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What to train on: files that were made before, or images that are encoded as they are needed. */
final class DataOptions {

    /** Samples that tell the statistics of a modality, from a file. */
    private static final int MEASURED = 4000;

    /** Samples that tell them where each must be encoded. They have many latents each. */
    private static final int ENCODED = 256;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the samples.")
    @SuppressWarnings("NullAway.Init")
    private Path index;

    @Option(
            names = "--latents",
            paramLabel = "MODALITY=FILE",
            description =
                    "HDF5 moments of a modality, in the model's order: --moments rgb=rgb.h5 --moments depth=depth.h5 ..."
                            + " Default: --vae encodes the images that the index names, anew in every epoch.")
    private Map<String, Path> moments = Map.of();

    @Option(
            names = "--features",
            paramLabel = "FILE",
            description = "HDF5 DINOv2 tokens, for representation alignment with --moments.")
    private @Nullable Path features;

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            description = "The autoencoder (diffusers layout): encodes images where there are no --moments, and decodes"
                    + " pictures of samples. Default: no such pictures.")
    private @Nullable Path autoencoder;

    @Option(
            names = "--dino",
            paramLabel = "FILE",
            description =
                    "DINOv2 weights as published, for representation alignment without --moments. An alignment of a"
                            + " model with its own EMA needs neither this nor --features.")
    private @Nullable Path dino;

    @Option(
            names = "--bad-samples",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many samples may be missing or bad; they are left out. Default: 100.")
    private int badSamples;

    /** Returns true if the data comes with features. */
    boolean haveFeatures() {
        return features != null || dino != null;
    }

    private boolean onTheFly() {
        return moments.isEmpty();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** Returns the plan with the names of the data's modalities, which must be those of the plan if it has some. */
    TrainingPlan named(TrainingPlan plan) {
        if (onTheFly()) {
            if (autoencoder == null) {
                throw wrong(
                        "Give --moments MODALITY=FILE for each modality, or --vae FOLDER to encode the index's images");
            }
            return plan.withModalities(standard(plan.modalityNames()));
        }
        List<String> names = standard(List.copyOf(moments.keySet()));
        if (!plan.modalities().isEmpty() && !standard(plan.modalities()).equals(names)) {
            throw wrong("The model's modalities are " + String.join(", ", plan.modalities()) + ", but --moments names "
                    + String.join(", ", names));
        }
        if (names.size() != plan.model().modalities()) {
            throw wrong("The plan's model has " + plan.model().modalities() + " modalities, but --moments names "
                    + names.size() + ": " + String.join(", ", names) + "; " + settings(names.size()));
        }
        return plan.withModalities(names);
    }

    /** Says what a plan must have for another number of modalities than the official one. */
    private static String settings(int modalities) {
        List<Double> official = VelocityLoss.released().modalityWeights();
        List<Double> weights = IntStream.range(0, modalities)
                .mapToObj(i -> official.get(Math.min(i, official.size() - 1)))
                .toList();
        return "in --plan FILE, write \"model\": {\"modalities\": " + modalities + "}, \"loss\": {\"modalityWeights\": "
                + weights + "}, with weights of your own";
    }

    private static List<String> standard(List<String> names) {
        return ModalitySet.ofNames(names).list().stream().map(Modality::name).toList();
    }

    /**
     * Opens the networks that encode, and the autoencoder if pictures are wanted.
     *
     * @throws ParameterException if the plan needs features and none are given
     */
    Encoders encoders(TrainingPlan plan, Device device, boolean pictures) {
        boolean aligned = plan.loss().needsFeatures();
        if (aligned && (onTheFly() ? dino : features) == null) {
            throw wrong("The plan aligns representations: give " + (onTheFly() ? "--dino FILE" : "--features FILE")
                    + ", or --alignment 0, or a plan whose loss has \"alignment\": {\"teacher\": {\"type\": \"ema\"}}");
        }
        return Encoders.open(onTheFly() || pictures ? autoencoder : null, onTheFly() && aligned ? dino : null, device);
    }

    /**
     * Opens the samples. Close them before the networks.
     *
     * @throws DataException if so many of the first are bad that training would end, as all are when their shape is wrong
     */
    Dataset open(TrainingPlan plan, Encoders encoders) {
        SampleShape shape = shape(plan);
        JsonlIndex entries = JsonlIndex.read(index);
        if (onTheFly()) {
            requireImages(entries, plan);
        }
        Dataset samples = new Dataset(entries, onTheFly() ? images(plan, encoders) : files(shape), shape);
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
        if (!known.containsAll(imageNames(plan))) {
            throw wrong("The model's modalities are " + String.join(", ", plan.modalityNames()) + ", but " + index
                    + " names images of " + String.join(", ", known) + " alone; for fewer modalities, "
                    + settings(known.size()));
        }
    }

    private static List<String> imageNames(TrainingPlan plan) {
        return plan.modalityNames().stream().map(IndexName::of).toList();
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
        return PrecomputedSource.open(List.copyOf(moments.values()), shape.hasFeatures() ? features : null);
    }

    private SampleSource images(TrainingPlan plan, Encoders encoders) {
        return new ImageSource(imageNames(plan), moments(plan, encoders), tokens(plan, encoders));
    }

    private static ImageSource.Encoder moments(TrainingPlan plan, Encoders encoders) {
        AutoencoderKl network = Objects.requireNonNull(encoders.autoencoder());
        int channels = network.config().latentChannels();
        if (channels != plan.model().latentChannels()) {
            throw new IllegalArgumentException(
                    "the autoencoder's latents have " + channels + " channels, but the plan's"
                            + " model.latentChannels is " + plan.model().latentChannels());
        }
        return Encoding.posteriors(network, Math.multiplyExact(plan.model().inputSize(), network.factor()));
    }

    /** One patch of the photo for each of the model's. */
    private static ImageSource.@Nullable Encoder tokens(TrainingPlan plan, Encoders encoders) {
        DinoV2 network = encoders.dino();
        if (network == null) {
            return null;
        }
        TransformerConfig model = plan.model();
        int width = network.config().width();
        if (width != model.projections().getFirst()) {
            throw new IllegalArgumentException("the tokens of --dino are " + width + " wide, but the plan's"
                    + " model.projections is " + model.projections());
        }
        int size = Math.multiplyExact(
                model.inputSize() / model.patchSize(), network.config().patchSize());
        return Encoding.tokens(network, encoders.device(), size);
    }

    /** Returns how the samples are gone through. */
    LoaderConfig loading(TrainingPlan plan) {
        return LoaderConfig.ofBatch(plan.microBatch()).withSeed(plan.seed()).withBadSampleLimit(badSamples);
    }

    /** Measures the latents of one modality. */
    LatentNormalization.Statistics statistics(TrainingPlan plan, Encoders encoders, String modality) {
        if (!onTheFly()) {
            Path file = List.copyOf(moments.values()).get(plan.modalityNames().indexOf(modality));
            return LatentStatistics.of(List.of(file), MEASURED);
        }
        SampleShape shape = shape(plan);
        SampleShape one = SampleShape.of(1, shape.channels(), shape.height(), shape.width());
        ImageSource images = new ImageSource(List.of(IndexName.of(modality)), moments(plan, encoders), null);
        try (Dataset data = new Dataset(JsonlIndex.read(index), images, one)) {
            return LatentStatistics.of(data, ENCODED);
        }
    }
}
