package dev.mmgen.cli.training;

import dev.mmgen.MmGen;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.Device;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.finetune.FineTuning;
import dev.mmgen.train.finetune.FineTuningPlan;
import dev.mmgen.train.finetune.PretrainedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mmgen finetune}: the training of a trained model for modalities of one's own, or for reading photos. */
@Command(
        name = "finetune",
        description = {
            "Trains a model further: in modalities of your own with --add or --replace, else to read all other modalities from"
                    + " a photo. With --data FOLDER all else follows from the pictures and the model, and -o is a model"
                    + " folder: mmgen finetune --add canny --data pictures -o mmgen-canny",
            "With --index FILE it trains as 'mmgen train' does, with its options and plan, on the model's shape, and writes"
                    + " checkpoints.",
            "It begins a new training, at step 0 with the EMA weights of MODEL and new moments. The official --ckpt goes on"
                    + " instead, with weights, EMA, moments and step number: for that, put the .pt into"
                    + " FOLDER/checkpoints; --steps counts its steps too."
        },
        mixinStandardHelpOptions = true)
public final class FinetuneCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "What to begin with: a model folder, a .pt checkpoint, or classpath:NAME. Default: the small model of"
                            + " the world of shapes.")
    private String start = MmGen.SHAPES;

    @Option(
            names = "--replace",
            paramLabel = "OLD=NEW",
            description = "Give the slot of a modality to another one: --replace segmentation=canny.")
    private Map<String, String> replaced = Map.of();

    @Option(names = "--add", paramLabel = "NAME", description = "Add a modality, in a slot at the end: --add canny.")
    private List<String> added = List.of();

    @Option(
            names = "--lora",
            paramLabel = "RANK",
            description = "Train a LoRA adapter and what a new modality needs, not all weights; FOLDER/adapter is in"
                    + " the form of PEFT. With --data it adapts the MLPs alone. Default: all weights.")
    private @Nullable Integer rank;

    @Option(names = "--lora-alpha", paramLabel = "X", description = "The adapter counts X / RANK. Default: RANK.")
    private @Nullable Double alpha;

    @Mixin
    private final CodingOptions coding = new CodingOptions();

    @Mixin
    private final PictureOptions pictures = new PictureOptions();

    @Mixin
    private final PlanOptions plan = new PlanOptions();

    @Mixin
    private final TrainingOptions training = new TrainingOptions();

    @Override
    public void run() {
        if (alpha != null && rank == null) {
            throw new ParameterException(command.commandLine(), "--lora-alpha has no effect without --lora RANK");
        }
        if (pictures.data == null && training.data().index() == null) {
            throw new ParameterException(
                    command.commandLine(),
                    "Name the pictures: --data FOLDER, with a folder for each modality, or --index FILE");
        }
        if (pictures.data != null && training.data().index() != null) {
            throw new ParameterException(command.commandLine(), "Give --data PATH or --index FILE, not both");
        }
        if (pictures.data != null) {
            fromPictures(pictures.data);
        } else {
            fromIndex();
        }
    }

    private PretrainedModel model() {
        return PretrainedModel.open(start, training.data().autoencoder());
    }

    private @Nullable LoraConfig lora() {
        return rank == null ? null : LoraConfig.DEFAULT.withRank(rank).withAlpha(alpha == null ? rank : alpha);
    }

    private void fromPictures(Path data) {
        Device device = training.device();
        FineTuning tuning = FineTuning.of(model()).data(data).on(device).plan(this::over);
        List<Modality> coded = coding.of(Stream.concat(added.stream(), replaced.values().stream())
                .map(Modality::named)
                .toList());
        coded.subList(0, added.size()).forEach(tuning::add);
        int next = added.size();
        for (String old : replaced.keySet()) {
            tuning.replace(Modality.named(old), coded.get(next++));
        }
        if (rank != null) {
            tuning.lora(LoraConfig.ofMlp(rank).withAlpha(alpha == null ? rank : alpha));
        }
        training.data().latents().forEach((name, file) -> tuning.latents(Modality.named(name), file));
        setPictures(tuning);
        if (!plan.print(tuning::plan)) {
            PictureTraining.run(tuning, training.out());
        }
    }

    /** The steps that epochs or minutes make are those of the plan that comes in: a number in the file does not replace them. */
    private TrainingPlan over(TrainingPlan base) {
        TrainingPlan wanted = plan.over(base);
        return pictures.minutes == null && pictures.epochs == null ? wanted : wanted.withSteps(base.steps());
    }

    private void setPictures(FineTuning tuning) {
        if (pictures.fromRgb) {
            tuning.fromRgb();
        }
        if (pictures.newClasses) {
            tuning.newClasses();
        }
        if (pictures.noClasses) {
            tuning.withoutClasses();
        }
        if (pictures.size != null) {
            tuning.size(pictures.size);
        }
        if (pictures.ema != null) {
            tuning.emaDecay(pictures.ema);
        }
        if (pictures.distillation != null) {
            tuning.distillation(pictures.distillation);
        }
        if (plan.batchSize() != null) {
            tuning.batchSize(plan.batchSize());
        }
        if (plan.learningRate() != null) {
            tuning.learningRate(plan.learningRate());
        }
        if (training.pictures() != null) {
            tuning.picturesEvery(training.pictures());
        }
        setLength(tuning);
    }

    private void setLength(FineTuning tuning) {
        if (Stream.of(pictures.minutes, pictures.epochs, plan.steps())
                        .filter(Objects::nonNull)
                        .count()
                > 1) {
            throw new ParameterException(
                    command.commandLine(),
                    "--steps, --epochs and --minutes each say how long to train; give one of them");
        }
        if (pictures.minutes != null) {
            tuning.minutes(pictures.minutes);
        }
        if (pictures.epochs != null) {
            tuning.epochs(pictures.epochs);
        }
        if (plan.steps() != null) {
            tuning.steps(plan.steps());
        }
    }

    private void fromIndex() {
        FineTuningPlan tuning =
                FineTuningPlan.of(model()).withFeatures(training.haveFeatures()).withLora(lora());
        for (Map.Entry<String, String> change : replaced.entrySet()) {
            tuning = tuning.replace(change.getKey(), change.getValue());
        }
        for (String name : added) {
            tuning = tuning.add(name);
        }
        FineTuningPlan complete = tuning;
        TrainingPlan wanted = complete.plan(base -> plan.over(training.fitted(base)));
        if (plan.print(() -> wanted)) {
            return;
        }
        training.train(
                wanted,
                wanted.checkpointing().every(),
                new TrainingOptions.Beginning(
                        () -> complete.load(wanted),
                        complete.model()::normalization,
                        complete.settings(),
                        complete.model().path().resolve(ModelFolder.AUTOENCODER)));
    }
}
