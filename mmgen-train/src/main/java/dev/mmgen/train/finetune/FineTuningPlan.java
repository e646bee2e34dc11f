package dev.mmgen.train.finetune;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.ArchitectureDifference;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The plan of a fine-tuning: a trained model, the modalities it gets, and whether all weights are trained or a LoRA adapter. It
 * gives the {@link TrainingPlan}, whose other settings are those of the official fine-tuning scripts, and the model to begin
 * with. Immutable.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="fine-tuning"}
 *
 * @param model    the trained model
 * @param replaced new modalities by the names of those whose slots they take
 * @param added    modalities in new slots at the end
 * @param features whether the data has DINOv2 features, so that representations are aligned
 * @param classes  names of classes that the model gets behind those it has
 * @param lora     rank and strength of a LoRA adapter; null trains all weights
 */
public record FineTuningPlan(
        PretrainedModel model,
        Map<String, String> replaced,
        List<String> added,
        boolean features,
        List<String> classes,
        @Nullable LoraConfig lora) {

    // The projectors of the official training (train.py): DINOv2 ViT-B tokens, after block 8.
    private static final int DINO_WIDTH = 768;
    private static final int PROJECTOR_WIDTH = 2048;
    private static final int PROJECTION_DEPTH = 8;

    /** The share of the first weights in the EMA at the end. */
    private static final double LEFT_OF_START = 0.05;

    /** The share of samples that read the photo at once, where the model does. */
    private static final double DIRECT_READING = 0.25;

    /** The loss weight of modalities beyond the official four: that of normals and segmentation. */
    private static final double OTHER_WEIGHT = 0.1;

    /** Copies the collections, in their order. */
    public FineTuningPlan {
        replaced = Collections.unmodifiableMap(new LinkedHashMap<>(replaced));
        added = List.copyOf(added);
        classes = List.copyOf(classes);
    }

    /** Returns the plan of a fine-tuning of all weights, in the model's own modalities. */
    public static FineTuningPlan of(PretrainedModel model) {
        return new FineTuningPlan(model, Map.of(), List.of(), false, List.of(), null);
    }

    /** Returns a plan that gives the slot of a modality to a new one, as the paper does with Canny edges. */
    public FineTuningPlan replace(String old, String modality) {
        Map<String, String> all = new LinkedHashMap<>(replaced);
        all.put(old, modality);
        return new FineTuningPlan(model, all, added, features, classes, lora);
    }

    /** Returns a plan that adds a modality, in a slot at the end. */
    public FineTuningPlan add(String modality) {
        return new FineTuningPlan(
                model,
                replaced,
                Stream.concat(added.stream(), Stream.of(modality)).toList(),
                features,
                classes,
                lora);
    }

    /** Returns a plan with or without representation alignment; data without features cannot be aligned. */
    public FineTuningPlan withFeatures(boolean present) {
        return new FineTuningPlan(model, replaced, added, present, classes, lora);
    }

    /** Returns a plan whose model gets further classes, by their names, behind those that it has. */
    public FineTuningPlan withClasses(List<String> names) {
        return new FineTuningPlan(model, replaced, added, features, names, lora);
    }

    /** Returns a plan that trains a LoRA adapter, and in full only what a new modality needs; null trains all weights. */
    public FineTuningPlan withLora(@Nullable LoraConfig adapter) {
        return new FineTuningPlan(model, replaced, added, features, classes, adapter);
    }

    /**
     * Returns the modalities of the new model, in the order of its slots.
     *
     * @throws RuntimeException if a replaced modality is unknown, or a new name is taken
     */
    public ModalitySet modalities() {
        ModalitySet changed = model.config().modalities();
        for (Map.Entry<String, String> change : replaced.entrySet()) {
            changed = changed.replace(changed.find(change.getKey()), Modality.named(change.getValue()));
        }
        for (String name : added) {
            changed = changed.add(Modality.named(name));
        }
        return changed;
    }

    /** Returns the training plan: reading from photos for the old modalities, joint generation where there are new ones. */
    public TrainingPlan plan() {
        return plan(UnaryOperator.identity());
    }

    /**
     * Returns the training plan with settings of a user's own. They decide the defaults of what they leave out: reading from
     * one modality is trained for 20,000 steps, everything else for 5,000, and the EMA forgets the first weights within these
     * steps: at most 5 % of them are left at the end, where the official decay of 0.9999 would keep 94 % over 600 steps.
     *
     * @param settings applied to the default plan, up to three times
     * @throws dev.mmgen.train.checkpoint.CheckpointException if the settings change the model's shape beyond its projectors
     */
    public TrainingPlan plan(UnaryOperator<TrainingPlan> settings) {
        boolean given = replaced.isEmpty() && added.isEmpty();
        boolean asked = settings.apply(base(given)).loss() instanceof VelocityLoss loss
                && loss.conditioning().schemeBesideReading() instanceof TimeScheme.FixedCondition;
        TrainingPlan base = base(asked);
        double decay = emaDecay(settings.apply(base).steps());
        TrainingPlan plan = settings.apply(base.withOptimization(
                base.optimization().toBuilder().emaDecay(decay).emaWarmUp(true).build()));
        ArchitectureDifference.requireNone(model.path(), plan.model(), grown(model.like(plan.model())));
        return plan;
    }

    /** Returns a recipe that also teaches to read the photo in one step without noise, if the model reads so by default. */
    ConditioningRecipe readingAsBefore(ConditioningRecipe recipe) {
        int photo = modalities().list().stream().map(Modality::name).toList().indexOf(Modality.RGB.name());
        return model.config().readsDirectly() && photo >= 0 && recipe.scheme().embedding() == TimeEmbedding.PER_MODALITY
                ? recipe.withDirectReading(photo, DIRECT_READING)
                : recipe;
    }

    /** Returns the decay of an EMA in which 5 % of the first weights are left after the steps; the official one at most. */
    private static double emaDecay(long steps) {
        return Math.min(Optimization.RELEASED.emaDecay(), Math.pow(LEFT_OF_START, 1.0 / steps));
    }

    private TrainingPlan base(boolean given) {
        TransformerConfig known = model.config().transformer();
        TransformerConfig shape = grown(
                features && known.projections().isEmpty()
                        ? known.withProjectors(
                                List.of(DINO_WIDTH), PROJECTOR_WIDTH, Math.min(PROJECTION_DEPTH, known.depth()))
                        : known);
        VelocityLoss official = VelocityLoss.released();
        List<Double> weights = new ArrayList<>(official.modalityWeights());
        while (weights.size() < shape.modalities()) {
            weights.add(OTHER_WEIGHT);
        }
        VelocityLoss loss = official.withPath(model.config().interpolant())
                .withModalityWeights(weights.subList(0, shape.modalities()))
                .withConditioning(readingAsBefore(given ? ConditioningRecipe.given(0) : ConditioningRecipe.released()))
                .withClassDropout(known.nullClass() ? official.classDropout() : 0)
                .withAlignmentWeight(features ? official.alignment().weight() : 0);
        ModalitySet modalities = modalities();
        List<String> names = modalities.list().stream().map(Modality::name).toList();
        return TrainingPlan.finetuning(shape, names, loss)
                .withLora(lora == null ? null : lora.withTrainedModules(trainedModules(modalities, shape)));
    }

    /**
     * Returns the modules that an adapter cannot change enough for a new modality. A final layer's modulation is not among them:
     * it is half as large as an adapter of a block, and that of the modality before serves.
     */
    private List<String> trainedModules(ModalitySet modalities, TransformerConfig shape) {
        List<String> trained = new ArrayList<>(added.isEmpty() ? List.of() : NewModality.sharedModules(shape));
        Stream.concat(replaced.values().stream(), added.stream())
                .map(name -> NewModality.finalLayer(modalities.indexOf(modalities.find(name))) + ".linear")
                .forEach(trained::add);
        return trained;
    }

    private TransformerConfig grown(TransformerConfig shape) {
        TransformerConfig grown = shape;
        for (int i = 0; i < added.size(); i++) {
            grown = NewModality.add(grown);
        }
        return classes.isEmpty() ? grown : NewClasses.add(grown, classes.size());
    }

    /** Returns the settings of the model to begin with, with the names of all its classes. */
    public ModelConfig settings() {
        ModelConfig known = model.config();
        if (classes.isEmpty()) {
            return known;
        }
        return known.toBuilder()
                .transformer(NewClasses.add(known.transformer(), classes.size()))
                .categories(Stream.concat(known.categories().stream(), classes.stream())
                        .toList())
                .build();
    }

    /**
     * Loads the model to begin with: the trained weights, with room for the added modalities.
     *
     * @param plan of {@link #plan}: it says the projectors and the seed of those that are initialised at random
     * @return close it after use
     */
    public DiffusionTransformer load(TrainingPlan plan) {
        DiffusionTransformer loaded = model.load(model.like(plan.model()), plan.seed());
        for (int i = 0; i < added.size(); i++) {
            try (DiffusionTransformer smaller = loaded) {
                loaded = NewModality.add(smaller);
            }
        }
        if (!classes.isEmpty()) {
            try (DiffusionTransformer smaller = loaded) {
                loaded = NewClasses.add(smaller, classes.size());
            }
        }
        return loaded;
    }
}
