package dev.mmgen.cli.training;

import dev.mmgen.train.Precision;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Supervision;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the plan: a JSON file, and options that override it. */
@Command(optionListHeading = "%nPlan:%n")
public final class PlanOptions {

    @Mixin
    private final PlanFile file = new PlanFile();

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description =
                    "released, given, decoupled, any_conditions, mixed or plain; mixed needs a plan whose scheme has"
                            + " the type mixed-conditions, plain one with the conditioning plain and a timeEmbedding of SHARED."
                            + " Default: released; in finetune without new modalities, given.")
    private @Nullable RecipeName recipe;

    /** The ready-made ways to noise and supervise batches. */
    public enum RecipeName {
        RELEASED,
        GIVEN,
        DECOUPLED,
        ANY_CONDITIONS,
        MIXED,
        PLAIN
    }

    @Option(
            names = "--alignment",
            paramLabel = "X",
            description =
                    "Weight of representation alignment. Default: 0.5. In finetune without --features or --dino: 0.")
    private @Nullable Double alignment;

    @Option(
            names = {"--learning-rate", "--lr"},
            paramLabel = "X",
            description = "Of AdamW. Default: 1.0E-4; in finetune --data, that for the model's width, more for LoRA.")
    private @Nullable Double learningRate;

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            description =
                    "float32, bfloat16 or float16. Default: bfloat16 where the device is faster with it, else float32.")
    private @Nullable Precision precision;

    @Option(
            names = {"--batch-size", "--batch"},
            paramLabel = "N",
            description = "Samples per step. Default: 256, in finetune --data 32; at most a quarter of the samples.")
    private @Nullable Integer batchSize;

    @Option(names = "--gradient-accumulation", paramLabel = "N", description = "Micro-batches per step. Default: 1.")
    private @Nullable Integer accumulation;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "The last step, all runs together. Default: 600000. In finetune, 600 with --data, else 20000"
                    + " from one modality to the others, else 5000.")
    private @Nullable Long steps;

    @Option(names = "--seed", paramLabel = "N", description = "Of weights, noise and order. Default: 0.")
    private @Nullable Long seed;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description =
                    "Steps between checkpoints. Default: 50000. In finetune, 2000 from one modality to the others, else"
                            + " 1000.")
    private @Nullable Long checkpointEvery;

    @Option(names = "--keep", paramLabel = "N", description = "How many checkpoints stay; 0 keeps all. Default: 0.")
    private @Nullable Integer keep;

    @Option(names = "--format", paramLabel = "NAME", description = "Of checkpoints: pt or safetensors. Default: pt.")
    private Checkpointing.@Nullable Format format;

    /** Prints a plan if that is wanted, and tells whether it was: then nothing is to be trained. */
    boolean print(Supplier<TrainingPlan> plan) {
        return file.print(plan);
    }

    /** Returns the last step; null where no option says it. */
    @Nullable
    Long steps() {
        return steps;
    }

    /** Returns the samples per step; null where no option says them. */
    @Nullable
    Integer batchSize() {
        return batchSize;
    }

    /** Returns the learning rate; null where no option says it. */
    @Nullable
    Double learningRate() {
        return learningRate;
    }

    /** Returns the defaults with the settings of the file and of the options in their place. */
    TrainingPlan over(TrainingPlan defaults) {
        TrainingPlan base = file.over(defaults);
        return base.toBuilder()
                .loss(loss(base.velocityLoss()))
                .optimization(
                        learningRate == null
                                ? base.optimization()
                                : base.optimization().withLearningRate(learningRate))
                .precision(precision == null ? base.precision() : precision)
                .batchSize(batchSize == null ? base.batchSize() : batchSize)
                .gradientAccumulation(accumulation == null ? base.gradientAccumulation() : accumulation)
                .steps(steps == null ? base.steps() : steps)
                .seed(seed == null ? base.seed() : seed)
                .checkpointing(checkpointing(base.checkpointing()))
                .build();
    }

    private Checkpointing checkpointing(Checkpointing base) {
        return base.withEvery(checkpointEvery == null ? base.every() : checkpointEvery)
                .withKeep(keep == null ? base.keep() : keep)
                .withFormat(format == null ? base.format() : format);
    }

    private VelocityLoss loss(VelocityLoss base) {
        VelocityLoss chosen = recipe == null ? base : base.withConditioning(conditioning(recipe, base.conditioning()));
        return alignment == null ? chosen : chosen.withAlignmentWeight(alignment);
    }

    /** The times of the plan stay, and so do its shares and its given modality. */
    private static ConditioningRecipe conditioning(RecipeName name, ConditioningRecipe base) {
        TimeScheme scheme = base.scheme();
        ConditioningRecipe chosen = switch (name) {
            case RELEASED -> ConditioningRecipe.released();
            case GIVEN ->
                ConditioningRecipe.given(scheme instanceof TimeScheme.FixedCondition fixed ? fixed.modality() : 0);
            case DECOUPLED -> ConditioningRecipe.decoupled();
            case ANY_CONDITIONS -> ConditioningRecipe.anyConditions();
            case PLAIN -> ConditioningRecipe.plain();
            case MIXED -> {
                if (!(scheme instanceof TimeScheme.MixedConditions)) {
                    throw new IllegalArgumentException("--recipe mixed needs shares; in --plan FILE, write \"loss\":"
                            + " {\"conditioning\": {\"scheme\": {\"type\": \"mixed-conditions\", \"none\": 0.25, \"alone\":"
                            + " [one share per modality], \"latest\": 0.01}}}");
                }
                yield base.withSupervision(Supervision.TARGETS);
            }
        };
        return chosen.withTimes(base.times());
    }
}
