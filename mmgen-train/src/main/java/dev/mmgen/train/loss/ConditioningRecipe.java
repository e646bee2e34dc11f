package dev.mmgen.train.loss;

import java.util.List;

/**
 * How batches are to be noised and supervised; every batch gets a {@link ConditioningPlan} of its own from it.
 *
 * @param scheme       which modalities are conditions, and what shares a time
 * @param distribution how often each time is trained
 * @param supervision  whose targets count
 */
public record ConditioningRecipe(TimeScheme scheme, TimeDistribution distribution, Supervision supervision) {

    /** The reference's time of a condition: uniform below this. */
    private static final double CONDITION_TIME = 0.01;

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

    /** Returns the same recipe with other times. */
    public ConditioningRecipe withTimes(TimeDistribution other) {
        return new ConditioningRecipe(scheme, other, supervision);
    }

    /** Returns the same recipe with other targets. */
    public ConditioningRecipe withSupervision(Supervision other) {
        return new ConditioningRecipe(scheme, distribution, other);
    }

    /** Draws the plan of one batch. Its tensor belongs to the current scope. */
    public ConditioningPlan plan(LatentShape shape, Draws draws) {
        return supervision.apply(scheme.draw(shape, distribution, draws), draws);
    }
}
