package dev.mmgen.cli.training;

import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.ArchitectureDifference;
import dev.mmgen.train.finetune.NewModality;
import dev.mmgen.train.lora.LoraConfig;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen finetune}: from a trained model to one that reads photos, or knows modalities of one's own. */
@Command(
        name = "finetune",
        description = {
            "Trains a model further: to tell all other modalities from a photo, or, with --replace or --add, in modalities"
                    + " of your own. Options and plan are those of 'mmgen train', but the model's shape is that of MODEL.",
            "It begins a new training, at step 0 with the EMA weights of MODEL and new moments. The official --ckpt goes on"
                    + " instead, with weights, EMA, moments and step number: for that, put the .pt into"
                    + " FOLDER/checkpoints; --steps counts its steps too."
        },
        mixinStandardHelpOptions = true)
public final class Finetune implements Runnable {

    private static final int DINO_WIDTH = 768;
    private static final int PROJECTOR_WIDTH = 2048;
    private static final int PROJECTION_DEPTH = 8;
    private static final double OTHER_WEIGHT = 0.1;

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
        StartingModel model = StartingModel.open(start);
        ModalitySet modalities = modalities(model.config().modalities());
        TrainingPlan wanted = wanted(model, modalities);
        TransformerConfig shape = grown(aligned(model.config().transformer(), wanted.model()));
        ArchitectureDifference.requireNone(start, wanted.model(), shape);
        training.train(
                wanted,
                wanted.checkpointing().every(),
                () -> first(model, wanted),
                measured -> model.normalization(wanted.modalityNames(), measured));
    }

    private ModalitySet modalities(ModalitySet known) {
        ModalitySet changed = known;
        for (Map.Entry<String, String> change : replaced.entrySet()) {
            changed = changed.replace(changed.find(change.getKey()), Modality.named(change.getValue()));
        }
        for (String name : added) {
            changed = changed.add(Modality.named(name));
        }
        return changed;
    }

    /** A photo given for the old modalities, joint generation where there are new ones; what is asked for decides how long. */
    private TrainingPlan wanted(StartingModel model, ModalitySet modalities) {
        ConditioningRecipe usual =
                replaced.isEmpty() && added.isEmpty() ? ConditioningRecipe.given(0) : ConditioningRecipe.released();
        VelocityLoss asked = plan.over(base(model, modalities, usual)).velocityLoss();
        boolean given = asked.conditioning().scheme() instanceof TimeScheme.FixedCondition;
        return plan.over(base(model, modalities, given ? ConditioningRecipe.given(0) : ConditioningRecipe.released()));
    }

    private TrainingPlan base(StartingModel model, ModalitySet modalities, ConditioningRecipe recipe) {
        TransformerConfig known = model.config().transformer();
        TransformerConfig shape = grown(
                training.haveFeatures() && known.projections().isEmpty()
                        ? known.withProjectors(
                                List.of(DINO_WIDTH), PROJECTOR_WIDTH, Math.min(PROJECTION_DEPTH, known.depth()))
                        : known);
        List<Double> weights = new ArrayList<>(VelocityLoss.released().modalityWeights());
        while (weights.size() < shape.modalities()) {
            weights.add(OTHER_WEIGHT);
        }
        VelocityLoss official = VelocityLoss.released();
        VelocityLoss loss = official.withPath(model.config().interpolant())
                .withModalityWeights(weights.subList(0, shape.modalities()))
                .withConditioning(recipe)
                .withClassDropout(known.nullClass() ? official.classDropout() : 0)
                .withAlignmentWeight(
                        training.haveFeatures() ? official.alignment().weight() : 0);
        List<String> names = modalities.list().stream().map(Modality::name).toList();
        return TrainingPlan.finetuning(shape, names, loss)
                .withLora(rank == null ? null : lora(rank, modalities, shape));
    }

    private LoraConfig lora(int adapterRank, ModalitySet modalities, TransformerConfig shape) {
        List<String> trained = new ArrayList<>(added.isEmpty() ? List.of() : NewModality.sharedModules(shape));
        for (String name :
                Stream.concat(replaced.values().stream(), added.stream()).toList()) {
            trained.add(NewModality.finalLayer(modalities.indexOf(modalities.find(name))));
        }
        return LoraConfig.DEFAULT
                .withRank(adapterRank)
                .withAlpha(alpha == null ? adapterRank : alpha)
                .withTrainedModules(trained);
    }

    private TransformerConfig grown(TransformerConfig shape) {
        TransformerConfig grown = shape;
        for (int i = 0; i < added.size(); i++) {
            grown = NewModality.add(grown);
        }
        return grown;
    }

    private static TransformerConfig aligned(TransformerConfig shape, TransformerConfig like) {
        return shape.withProjectors(like.projections(), like.projectorWidth(), like.projectionDepth());
    }

    private DiffusionTransformer first(StartingModel model, TrainingPlan wanted) {
        DiffusionTransformer loaded = model.load(aligned(model.config().transformer(), wanted.model()), wanted.seed());
        for (int i = 0; i < added.size(); i++) {
            try (DiffusionTransformer smaller = loaded) {
                loaded = NewModality.add(smaller);
            }
        }
        return loaded;
    }
}
