package dev.mmgen.cli.training;

import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.finetune.FineTuningPlan;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.lora.LoraConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen finetune}: the training of a trained model for reading photos, or for modalities of one's own. */
@Command(
        name = "finetune",
        description = {
            "Trains a model further: to read all other modalities from a photo, or, with --replace or --add, in modalities"
                    + " of your own. Options and plan are those of 'mmgen train', but the model's shape is that of MODEL.",
            "It begins a new training, at step 0 with the EMA weights of MODEL and new moments. The official --ckpt goes on"
                    + " instead, with weights, EMA, moments and step number: for that, put the .pt into"
                    + " FOLDER/checkpoints; --steps counts its steps too."
        },
        mixinStandardHelpOptions = true)
public final class FinetuneCommand implements Runnable {

    @Parameters(paramLabel = "MODEL", description = "What to begin with: a .pt checkpoint or a model folder.")
    @SuppressWarnings("NullAway.Init")
    private Path start;

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
                    + " the form of PEFT. Default: all weights.")
    private @Nullable Integer rank;

    @Option(names = "--lora-alpha", paramLabel = "X", description = "The adapter counts X / RANK. Default: RANK.")
    private @Nullable Double alpha;

    @Mixin
    private final PlanOptions plan = new PlanOptions();

    @Mixin
    private final TrainingOptions training = new TrainingOptions();

    @Override
    public void run() {
        FineTuningPlan tuning = FineTuningPlan.of(PretrainedModel.open(start)).withFeatures(training.haveFeatures());
        for (Map.Entry<String, String> change : replaced.entrySet()) {
            tuning = tuning.replace(change.getKey(), change.getValue());
        }
        for (String name : added) {
            tuning = tuning.add(name);
        }
        if (rank != null) {
            tuning = tuning.withLora(LoraConfig.DEFAULT.withRank(rank).withAlpha(alpha == null ? rank : alpha));
        }
        FineTuningPlan complete = tuning;
        TrainingPlan wanted = complete.plan(plan::over);
        training.train(
                wanted,
                wanted.checkpointing().every(),
                () -> complete.load(wanted),
                measured -> complete.model().normalization(wanted.modalityNames(), measured));
    }
}
