package dev.mmgen.cli.training;

import dev.mmgen.train.Objective;
import dev.mmgen.train.PlanJson;
import dev.mmgen.train.Precision;
import dev.mmgen.train.Recipe;
import dev.mmgen.train.Saving;
import dev.mmgen.train.TrainingPlan;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A training plan: a JSON file, and options that win over it. */
final class PlanOptions {

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Settings as JSON; it names only what differs from the defaults.")
    private @Nullable Path file;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "released, given, decoupled, any_conditions, mixed or plain; mixed needs a plan with"
                    + " conditionShares, plain one with the recipe PLAIN and a timeEmbedding of SHARED."
                    + " Default: released; in finetune without new modalities, given.")
    private @Nullable Recipe recipe;

    @Option(
            names = "--alignment",
            paramLabel = "X",
            description =
                    "Weight of representation alignment. Default: 0.5. In finetune without --features or --dino: 0.")
    private @Nullable Double alignment;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Of AdamW. Default: 1.0E-4.")
    private @Nullable Double learningRate;

    @Option(names = "--precision", paramLabel = "NAME", description = "float32, bfloat16 or float16. Default: float16.")
    private @Nullable Precision precision;

    @Option(names = "--batch-size", paramLabel = "N", description = "Samples per step. Default: 256.")
    private @Nullable Integer batchSize;

    @Option(names = "--accumulation", paramLabel = "N", description = "Parts that a batch is cut into. Default: 1.")
    private @Nullable Integer accumulation;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "The last step, all runs together. Default: 600000. In finetune, 20000 from one modality to the"
                            + " others, else 5000.")
    private @Nullable Long steps;

    @Option(names = "--seed", paramLabel = "N", description = "Of weights, noise and order. Default: 0.")
    private @Nullable Long seed;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            description =
                    "Steps between checkpoints. Default: 50000. In finetune, 2000 from one modality to the others, else"
                            + " 1000.")
    private @Nullable Long saveEvery;

    @Option(names = "--keep", paramLabel = "N", description = "How many checkpoints stay; 0 keeps all. Default: 0.")
    private @Nullable Integer keep;

    @Option(names = "--format", paramLabel = "NAME", description = "Of checkpoints: pt or safetensors. Default: pt.")
    private Saving.@Nullable Format format;

    /** Returns a plan that is as the defaults where nothing else is said. */
    TrainingPlan over(TrainingPlan defaults) {
        TrainingPlan base = file == null ? defaults : PlanJson.read(file, defaults);
        return new TrainingPlan(
                base.model(),
                base.modalities(),
                objective(base.objective()),
                learningRate == null ? base.optimization() : base.optimization().withLearningRate(learningRate),
                precision == null ? base.precision() : precision,
                batchSize == null ? base.batchSize() : batchSize,
                accumulation == null ? base.accumulation() : accumulation,
                steps == null ? base.steps() : steps,
                seed == null ? base.seed() : seed,
                new Saving(
                        saveEvery == null ? base.saving().every() : saveEvery,
                        keep == null ? base.saving().keep() : keep,
                        format == null ? base.saving().format() : format),
                base.lora(),
                base.activationCheckpointing());
    }

    private Objective objective(Objective base) {
        Objective chosen = recipe == null ? base : base.withRecipe(recipe);
        return alignment == null ? chosen : chosen.withAlignmentWeight(alignment);
    }
}
