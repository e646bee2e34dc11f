package dev.mmgen.train.loss;

import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.random.Draws;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The way in which batches are noised and supervised; every batch gets a {@link ConditioningPlan} of its own from it.
 *
 * @param scheme      which modalities are conditions, and what shares a time
 * @param times       how often each time is trained
 * @param supervision whose targets count
 */
public record ConditioningRecipe(TimeScheme scheme, TimeDistribution times, Supervision supervision) {

    /** The reference's time of a condition: uniform below this. */
    private static final double CONDITION_TIME = 0.01;

    /** The call of a scheme, in messages. */
    private static final String DRAW = "draw";

    /**
     * The recipe of the released models: 3/4 of a batch generates all modalities from one time, the rest is given one
     * of them; the first half is supervised on RGB alone, and from the second half targets are dropped at random.
     */
    public static ConditioningRecipe released() {
        return new ConditioningRecipe(
                new TimeScheme.OneCondition(Mixing.THREE_QUARTERS, CONDITION_TIME),
                new TimeDistribution.Uniform(),
                new Supervision(0.5, TargetDropping.ANY_NUMBER, false, false));
    }

    /** Fine-tuning from a modality, always given without noise, to all others; 0 is from RGB. */
    public static ConditioningRecipe given(int modality) {
        return uniform(new TimeScheme.FixedCondition(modality), Supervision.TARGETS);
    }

    /** A time of its own for every modality of every sample. */
    public static ConditioningRecipe decoupled() {
        return uniform(new TimeScheme.Decoupled(Mixing.NONE), Supervision.ALL);
    }

    /** Half of a batch generates all modalities from one time, the rest is given any subset of them. */
    public static ConditioningRecipe anyConditions() {
        return uniform(new TimeScheme.AnyConditions(Mixing.HALF, CONDITION_TIME), Supervision.TARGETS);
    }

    /**
     * Some samples generate all modalities from one time, some are given a certain one, the others any two or more; everything
     * but conditions counts.
     *
     * @param none  share of samples without a condition
     * @param alone share of samples with each modality as the only condition
     */
    public static ConditioningRecipe mixed(double none, List<Double> alone) {
        return uniform(new TimeScheme.MixedConditions(none, alone, CONDITION_TIME), Supervision.TARGETS);
    }

    /** One time per sample, everything supervised: SiT and REPA. */
    public static ConditioningRecipe plain() {
        return uniform(new TimeScheme.Shared(), Supervision.ALL);
    }

    private static ConditioningRecipe uniform(TimeScheme scheme, Supervision supervision) {
        return new ConditioningRecipe(scheme, new TimeDistribution.Uniform(), supervision);
    }

    /**
     * Returns the recipes that a plan's JSON may call by name: {@code released}, {@code given} (from RGB), {@code decoupled},
     * {@code any-conditions} and {@code plain}. Mixed conditions need shares, and so have no name.
     */
    public static Map<String, ConditioningRecipe> named() {
        Map<String, ConditioningRecipe> named = new LinkedHashMap<>();
        named.put("released", released());
        named.put("given", given(0));
        named.put("decoupled", decoupled());
        named.put("any-conditions", anyConditions());
        named.put("plain", plain());
        return named;
    }

    /** Returns the same recipe with another scheme. */
    public ConditioningRecipe withScheme(TimeScheme other) {
        return new ConditioningRecipe(other, times, supervision);
    }

    /**
     * Returns the same recipe, in which some samples read a modality in one step without noise.
     *
     * @param modality that is given; 0 is RGB
     * @param share    how many of the samples read so, 0 to 1
     * @throws IllegalArgumentException if this recipe's times are not per modality
     */
    public ConditioningRecipe withDirectReading(int modality, double share) {
        return withScheme(new DirectReading(scheme, modality, share, CONDITION_TIME));
    }

    /** Returns the scheme of the samples that are not read in one step: the recipe's own, unless it is a {@link DirectReading}. */
    public TimeScheme schemeBesideReading() {
        return scheme instanceof DirectReading reading ? reading.others() : scheme;
    }

    /** Returns the same recipe with other times. */
    public ConditioningRecipe withTimes(TimeDistribution other) {
        return new ConditioningRecipe(scheme, other, supervision);
    }

    /** Returns the same recipe with other targets. */
    public ConditioningRecipe withSupervision(Supervision other) {
        return new ConditioningRecipe(scheme, times, other);
    }

    /**
     * Draws the plan of one batch. Its tensor belongs to the current scope.
     *
     * @throws PartException if a scheme of a program's own breaks its contract: it throws, or gives times or masks of another
     *     shape, or times that are not float32 from 0 to 1; its class is named
     */
    public ConditioningPlan plan(LatentShape shape, Draws draws) {
        PartCheck check = new PartCheck("time scheme", TimeScheme.class, scheme);
        ConditioningPlan drawn = check.value(DRAW, () -> scheme.draw(shape, times, draws));
        requireTimes(check, drawn.times(), shape);
        requireMask(check, "conditions", drawn.conditions(), shape);
        requireMask(check, "supervised", drawn.supervised(), shape);
        requireMask(check, "visible", drawn.visible(), shape);
        requireMask(check, "noiseless", drawn.noiseless(), shape);
        return supervision.apply(drawn, draws);
    }

    private void requireTimes(PartCheck check, @Nullable Tensor given, LatentShape shape) {
        Tensor drawn = check.requireUsable(DRAW, "times", given);
        if (!fits(drawn.shape(), shape)) {
            throw check.broken(
                    DRAW,
                    "times of shape " + drawn.shape(),
                    "the model takes times " + scheme.embedding() + " of " + shape.samples() + " samples with "
                            + shape.allChannels() + " channels");
        }
        if (drawn.dtype() != DType.FLOAT32) {
            throw check.broken(DRAW, "times of " + drawn.dtype().torchName(), "the type must be float32");
        }
        try (TensorScope _ = TensorScope.open()) {
            double first = drawn.amin().item();
            double last = drawn.amax().item();
            if (!(first >= 0 && last <= 1)) {
                throw check.broken(DRAW, "times from " + first + " to " + last, "they must be from 0 to 1");
            }
        }
    }

    private static void requireMask(PartCheck check, String name, @Nullable ModalityMask mask, LatentShape shape) {
        if (mask == null) {
            throw check.broken(DRAW, "a plan whose mask '" + name + "' is null", "it must be a mask");
        }
        if (mask.samples() != shape.samples() || mask.modalities() != shape.modalities()) {
            throw check.broken(
                    DRAW,
                    "a mask '" + name + "' of " + mask.samples() + " samples and " + mask.modalities() + " modalities",
                    "the batch has " + shape.samples() + " samples and " + shape.modalities() + " modalities");
        }
    }

    private boolean fits(Shape given, LatentShape shape) {
        return switch (scheme.embedding()) {
            case SHARED -> given.equals(Shape.of(shape.samples()));
            case PER_MODALITY -> given.equals(Shape.of(shape.samples(), shape.allChannels(), 1, 1));
            case PER_ELEMENT ->
                given.equals(Shape.of(shape.samples(), shape.allChannels(), shape.height(), shape.width()));
        };
    }
}
