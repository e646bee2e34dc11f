package dev.mmgen.cli.training;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.finetune.FineTuning;
import dev.mmgen.train.finetune.PretrainedModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Options of a distillation: the teacher, its pictures, the length and the folder of the student. */
@Command(optionListHeading = "%nTraining:%n")
final class StudentOptions {

    @Parameters(
            arity = "0..1",
            paramLabel = "TEACHER",
            description =
                    "A model folder, a .pt checkpoint, or classpath:NAME. Default: the small model of the world of shapes.")
    private String teacher = MmGen.SHAPES;

    @Option(
            names = "--adapter",
            paramLabel = "FOLDER",
            description =
                    "A LoRA adapter over the teacher, such as that of a student which has its guidance in it. With --lora and"
                            + " its rank, the student's goes on from it.")
    private @Nullable Path adapter;

    @Option(
            names = "--data",
            paramLabel = "PATH",
            required = true,
            description = "A folder with a folder of pictures for each modality of the teacher, or a JSONL index.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(
            names = "--latents",
            paramLabel = "MODALITY=FILE",
            description =
                    "Latents (HDF5) of a modality, as 'mmgen prepare latents' makes them. Default: pictures are encoded, once.")
    private Map<String, Path> latents = Map.of();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the student: a model folder, with checkpoints and logs beside it.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(names = "--vae", paramLabel = "FOLDER", description = "The autoencoder of a .pt checkpoint.")
    private @Nullable Path autoencoder;

    @Option(names = "--steps", paramLabel = "N", description = "The last step, all runs together. Default: 2000.")
    private @Nullable Long steps;

    @Option(names = "--minutes", paramLabel = "N", description = "About how long to train, in place of --steps.")
    private @Nullable Double minutes;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Samples per step. Default: 32; at most a quarter of all samples.")
    private @Nullable Integer batch;

    @Mixin
    private final PlanFile plan = new PlanFile();

    @Option(
            names = "--lr",
            paramLabel = "X",
            description = "Learning rate of the optimizer. Default: that of AdamW for the model's width.")
    private @Nullable Double rate;

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            description =
                    "float32, bfloat16 or float16. Default: bfloat16 where the device is faster with it, else float32.")
    private @Nullable Precision precision;

    @Option(
            names = "--lora",
            paramLabel = "RANK",
            description =
                    "Train a LoRA adapter of attention and MLPs, not all weights; FOLDER/adapter is in the form of PEFT"
                            + " and tells how it is to be sampled. Default: all weights.")
    private @Nullable Integer rank;

    @Option(names = "--seed", paramLabel = "N", description = "Of noise and order. Default: 0.")
    private @Nullable Long seed;

    @Option(
            names = "--pictures",
            paramLabel = "STEPS",
            description = "How often held-out photos are read, for a sheet; 0 for never. Default: five times.")
    private @Nullable Long pictures;

    /** The settings before the student's loss takes in their own; null until they are asked for. */
    private @Nullable TrainingPlan settings;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    /** Returns the teacher. */
    PretrainedModel teacher() {
        PretrainedModel model = PretrainedModel.open(teacher, autoencoder);
        return adapter == null ? model : model.withAdapter(adapter);
    }

    /** Trains a student as these options say. */
    void train(FineTuning student) {
        if (steps != null && minutes != null) {
            throw new IllegalArgumentException("--steps and --minutes each say how long to train; give one of them");
        }
        student.data(data).on(machine.apply()).plan(this::over);
        latents.forEach((name, file) -> student.latents(Modality.named(name), file));
        if (steps != null) {
            student.steps(steps);
        }
        if (minutes != null) {
            student.minutes(minutes);
        }
        if (rank != null) {
            student.lora(LoraConfig.DEFAULT.withRank(rank).withAlpha(rank));
        }
        if (seed != null) {
            student.seed(seed);
        }
        if (batch != null) {
            student.batchSize(batch);
        }
        if (pictures != null) {
            student.picturesEvery(pictures);
        }
        if (!plan.print(() -> settings(student))) {
            PictureTraining.run(student, out);
        }
    }

    private TrainingPlan settings(FineTuning student) {
        student.plan();
        return Objects.requireNonNull(settings);
    }

    private TrainingPlan over(TrainingPlan defaults) {
        TrainingPlan base = plan.over(defaults);
        Optimization optimization = base.optimization();
        settings = base.toBuilder()
                .optimization(rate == null ? optimization : optimization.withLearningRate(rate))
                .precision(precision == null ? base.precision() : precision)
                .steps(steps == null && minutes == null ? base.steps() : defaults.steps())
                .batchSize(batch == null ? base.batchSize() : defaults.batchSize())
                .seed(seed == null ? base.seed() : seed)
                .build();
        return settings;
    }
}
