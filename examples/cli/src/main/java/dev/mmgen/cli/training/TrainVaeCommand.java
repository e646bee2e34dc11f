package dev.mmgen.cli.training;

import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.cli.console.OrderlyEnd;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.TrainingProgress;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.shapes.EndlessScenes;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.autoencoder.AutoencoderLog;
import dev.mmgen.train.autoencoder.AutoencoderPlan;
import dev.mmgen.train.autoencoder.AutoencoderStep;
import dev.mmgen.train.autoencoder.AutoencoderTrainer;
import dev.mmgen.train.autoencoder.ImageBatches;
import dev.mmgen.train.autoencoder.IndexedImages;
import dev.mmgen.train.autoencoder.ReconstructionReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen train-vae}: the training of an autoencoder, in the layout of diffusers. */
@Command(
        name = "train-vae",
        description = {
            "Trains an autoencoder on the images of an index, or of scenes without end, one network for all modalities: what --vae takes in the other"
                    + " commands, where there is none for images of this kind. By default it is small, for images of 64 x 64"
                    + " pixels, 4 pixels to a latent one.",
            "All images must have the size that the plan's model.sampleSize says. In a folder with checkpoints training goes on"
                    + " from the latest."
        },
        footerHeading = "%nWhat a run writes into FOLDER:%n",
        footer = {
            "  checkpoints/   0000400.pt and so on: weights, their EMA, and all that",
            "                 is needed to go on",
            "  metrics.csv    errors, learning rate and times of every step",
            "  events/        the same for TensorBoard",
            "  autoencoder/   the EMA weights when the run ends, in the layout of diffusers"
        },
        mixinStandardHelpOptions = true)
public final class TrainVaeCommand implements Runnable {

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Source source;

    /** The source of the images. */
    private static final class Source {

        @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the images.")
        private @Nullable Path index;

        @Option(
                names = "--scenes",
                paramLabel = "EDITION",
                required = true,
                description =
                        "Instead of an index: scenes of the world of shapes without end, rendered as they are needed;"
                                + " first or second. An autoencoder sees their photo, depth, normals, masks, instances and edges.")
        private @Nullable ShapesWorld scenes;

        ImageBatches open(AutoencoderPlan plan) {
            int side = plan.model().sampleSize();
            return scenes != null
                    ? EndlessScenes.of(scenes, Split.TRAIN).withSize(side).images(plan.batchSize())
                    : IndexedImages.open(Objects.requireNonNull(index), side).batches(plan.batchSize(), plan.seed());
        }
    }

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "Where checkpoints and logs go.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Settings as JSON; it names only what differs from the defaults.")
    private @Nullable Path plan;

    @Option(names = "--steps", paramLabel = "N", description = "The last step, all runs together. Default: the plan's.")
    private @Nullable Long steps;

    @Option(
            names = "--export",
            paramLabel = "FOLDER",
            description = "Where the EMA weights go when the run ends. Default: autoencoder in the folder of --out.")
    private @Nullable Path export;

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "A JSONL index of images to measure the result on.")
    private @Nullable Path validation;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        Device device = machine.apply();
        AutoencoderPlan wanted = plan();
        try (AutoencoderKl model = wanted.newModel();
                ImageBatches images = source.open(wanted)) {
            model.to(device, DType.FLOAT32);
            try (AutoencoderTrainer trainer = new AutoencoderTrainer(wanted, model, images, group);
                    TrainingRun<AutoencoderStep> run = TrainingRun.open(out, trainer);
                    OrderlyEnd _ = OrderlyEnd.of(run::stop)) {
                if (run.writes()) {
                    train(run, wanted, images.modalities());
                    finish(trainer);
                } else {
                    run.train();
                }
            }
        }
    }

    private AutoencoderPlan plan() {
        AutoencoderPlan base = plan == null ? AutoencoderPlan.small() : AutoencoderPlan.read(plan);
        return steps == null ? base : base.withSteps(steps);
    }

    private void train(TrainingRun<AutoencoderStep> run, AutoencoderPlan wanted, List<String> modalities) {
        try (AutoencoderLog log = AutoencoderLog.open(out, modalities, run.resumedAt());
                TrainingProgress progress = new TrainingProgress(run.resumedAt(), wanted.steps())) {
            run.onStep(log)
                    .onStep(step -> progress.show(step.step(), step.loss().total()))
                    .train();
        }
    }

    private void finish(AutoencoderTrainer trainer) {
        Path folder = export == null ? out.resolve("autoencoder") : export;
        try (AutoencoderKl ema = trainer.emaModel()) {
            AutoencoderFolder.write(ema, folder);
            System.out.println(folder);
            if (validation != null) {
                int side = ema.config().sampleSize();
                System.out.println(ReconstructionReport.measure(ema, IndexedImages.open(validation, side)));
            }
        }
    }
}
