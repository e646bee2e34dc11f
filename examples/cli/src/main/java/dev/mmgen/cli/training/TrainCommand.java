package dev.mmgen.cli.training;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.finetune.PretrainedModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen train}: the training of a model, by default with the official recipe. */
@Command(
        name = "train",
        description = {
            "Trains a model that draws images with their depth, normals and segmentation, or other modalities, together and"
                    + " each from the others. It learns from latents that 'mmgen prepare' made or, with --vae alone, from images"
                    + " that are encoded as they are needed.",
            "Without options all is as in the official recipe; --plan FILE changes any setting, options some. In a folder with"
                    + " checkpoints training goes on from the latest, exactly as if it had not stopped.",
            "To go on from an official checkpoint as its --ckpt does, with its weights, EMA, moments and step number, put"
                    + " the .pt into FOLDER/checkpoints; --steps counts its steps too."
        },
        mixinStandardHelpOptions = true)
public final class TrainCommand implements Runnable {

    /** Steps between two drawings of samples in the official training. */
    private static final long DRAWING = 10_000;

    @Mixin
    private final PlanOptions plan = new PlanOptions();

    @Option(names = "--size", paramLabel = "NAME", description = "SiT-S/2 and so on. Default: SiT-XL/2.")
    private @Nullable String size;

    @Mixin
    private final TrainingOptions training = new TrainingOptions();

    @Option(
            names = "--from",
            paramLabel = "MODEL",
            description =
                    "First weights of a new training, at step 0 with new moments: the EMA weights of a .pt checkpoint, or a"
                            + " model folder. Default: drawn from the seed.")
    private @Nullable Path from;

    @Override
    public void run() {
        TrainingPlan given = plan.over(training.fitted(TrainingPlan.released()));
        TrainingPlan wanted = size == null ? given : given.withModel(TransformerConfig.sit(size));
        if (plan.print(() -> wanted)) {
            return;
        }
        training.train(wanted, DRAWING, beginning(wanted));
    }

    private TrainingOptions.Beginning beginning(TrainingPlan wanted) {
        if (from == null) {
            return new TrainingOptions.Beginning(
                    wanted::newModel, (_, _) -> LatentNormalization.STABLE_DIFFUSION, null, null);
        }
        PretrainedModel model = PretrainedModel.open(from);
        return new TrainingOptions.Beginning(
                () -> model.load(wanted.model(), wanted.seed()),
                model::normalization,
                model.config(),
                model.path().resolve(ModelFolder.AUTOENCODER));
    }
}
