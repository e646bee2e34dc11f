package dev.mmgen.cli.training;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.torch.Device;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.finetune.DataEncoders;
import dev.mmgen.train.finetune.TrainingData;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of the data: latents in files, or images that are encoded as they are needed. */
@Command(optionListHeading = "%nData:%n")
final class DataOptions {

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(names = "--index", paramLabel = "FILE", description = "The JSONL index of the samples.")
    private @Nullable Path index;

    @Option(
            names = "--latents",
            paramLabel = "MODALITY=FILE",
            description =
                    "Latents (HDF5) of a modality, in the model's order: --latents rgb=rgb.h5 --latents depth=depth.h5 ..."
                            + " Default: --vae encodes the images that the index names, anew in every epoch. With --data,"
                            + " those of some modalities, in any order; the others are encoded, once.")
    private Map<String, Path> latents = Map.of();

    @Option(
            names = "--features",
            paramLabel = "FILE",
            description = "DINOv2 tokens (HDF5), for representation alignment with --latents.")
    private @Nullable Path features;

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            description =
                    "The autoencoder (diffusers layout): it encodes images where there are no --latents, and decodes"
                            + " samples to pictures. Default: no such pictures.")
    private @Nullable Path autoencoder;

    @Option(
            names = "--dino",
            paramLabel = "FILE",
            description =
                    "DINOv2 weights as published, for representation alignment without --latents. Alignment with the"
                            + " model's own EMA needs neither this nor --features.")
    private @Nullable Path dino;

    @Option(
            names = "--bad-samples",
            paramLabel = "N",
            defaultValue = "100",
            description = "The number of samples that may be missing or damaged; they are skipped. Default: 100.")
    private int badSamples;

    /** Returns true if the data has features. */
    boolean haveFeatures() {
        return features != null || dino != null;
    }

    /** Returns the index; null if none is named. */
    @Nullable
    Path index() {
        return index;
    }

    /** Returns files of latents by the names of modalities. */
    Map<String, Path> latents() {
        return latents;
    }

    /** Returns the autoencoder's folder; null if none is named. */
    @Nullable
    Path autoencoder() {
        return autoencoder;
    }

    /** Returns how many samples the index lists. */
    int size() {
        return JsonlIndex.read(data().index()).size();
    }

    private TrainingData data() {
        if (index == null) {
            throw wrong("Missing required option: '--index=FILE'");
        }
        return new TrainingData(index, latents, features);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** Returns the plan with the names of the data's modalities, which must be those of the plan if it has some. */
    TrainingPlan named(TrainingPlan plan) {
        if (data().encodesImages() && autoencoder == null) {
            throw wrong("Give --latents MODALITY=FILE for each modality, or --vae FOLDER to encode the index's images");
        }
        try {
            return data().named(plan);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Opens the networks that encode, and the autoencoder if samples are drawn.
     *
     * @throws ParameterException if the plan needs features and none are given
     */
    DataEncoders encoders(TrainingPlan plan, Device device, boolean pictures) {
        boolean images = data().encodesImages();
        boolean aligned = plan.loss().needsFeatures();
        if (aligned && (images ? dino : features) == null) {
            throw wrong("The plan aligns representations: give " + (images ? "--dino FILE" : "--features FILE")
                    + ", or --alignment 0, or a plan whose loss has \"alignment\": {\"teacher\": {\"type\": \"ema\"}}");
        }
        return DataEncoders.open(images || pictures ? autoencoder : null, images && aligned ? dino : null, device);
    }

    /** Opens the samples. Close them before the networks. */
    Dataset open(TrainingPlan plan, DataEncoders encoders) {
        return data().open(plan, encoders, badSamples);
    }

    /** Returns the order and the portions in which samples are read. */
    LoaderConfig loading(TrainingPlan plan) {
        return LoaderConfig.ofBatch(plan.microBatch()).withSeed(plan.seed()).withBadSampleLimit(badSamples);
    }

    /** Measures the latents of one modality. */
    LatentNormalization.Statistics statistics(TrainingPlan plan, DataEncoders encoders, String modality) {
        return data().statistics(plan, encoders, modality);
    }
}
