package dev.mmgen.train;

import dev.mmgen.sampling.Interpolant;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.RepresentationAlignment;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is minimised, as settings; {@link #loss} makes the loss.
 *
 * @param path               {@code linear} or {@code cosine}
 * @param recipe             how batches are noised and supervised
 * @param condition          the given modality, from 0, of {@link Recipe#GIVEN}; the other recipes ignore it
 * @param conditionShares    of {@link Recipe#MIXED}: the share of samples without a condition, then that of each modality as the
 *                           only condition; the others are given two or more. The other recipes ignore it
 * @param modalityWeights    one per modality
 * @param classDropout       how often a class is replaced by "no class", 0 to 1
 * @param givenClassDropout  the same for samples that have a condition, see {@link VelocityLoss}; null for no difference
 * @param compensateVelocity see {@link VelocityLoss}
 * @param alignmentWeight    of representation alignment; 0 needs no features
 * @param alignFirstHalf     whether only the first half of a batch is aligned
 * @param alignUntilStep     the step at which alignment ends
 */
public record Objective(
        String path,
        Recipe recipe,
        int condition,
        List<Double> conditionShares,
        List<Double> modalityWeights,
        double classDropout,
        @Nullable Double givenClassDropout,
        boolean compensateVelocity,
        double alignmentWeight,
        boolean alignFirstHalf,
        long alignUntilStep) {

    /** That of the released models. */
    public static final Objective RELEASED =
            new Objective("linear", Recipe.RELEASED, 0, List.of(), List.of(1.0, 0.2, 0.1, 0.1), 0.1, null, false, 0.5, false,
                    Long.MAX_VALUE);

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Objective {
        modalityWeights = List.copyOf(modalityWeights);
        if (condition < 0 || condition >= modalityWeights.size()) {
            throw new IllegalArgumentException("setting 'condition' is " + condition + "; there are weights for "
                    + modalityWeights.size() + " modalities, so it must be from 0 to " + (modalityWeights.size() - 1));
        }
        conditionShares = List.copyOf(conditionShares);
        if (recipe == Recipe.MIXED && conditionShares.size() != modalityWeights.size() + 1) {
            throw new IllegalArgumentException("setting 'conditionShares' is " + conditionShares + "; it must list "
                    + (modalityWeights.size() + 1) + " shares: without a condition, and with each modality alone");
        }
        loss(path, recipe.conditioning(condition, conditionShares), modalityWeights, classDropout, givenClassDropout,
                compensateVelocity, new RepresentationAlignment(alignmentWeight, alignFirstHalf, alignUntilStep));
    }

    /** Returns the loss. */
    public VelocityLoss loss() {
        return loss(path, conditioning(), modalityWeights, classDropout, givenClassDropout, compensateVelocity,
                new RepresentationAlignment(alignmentWeight, alignFirstHalf, alignUntilStep));
    }

    private static VelocityLoss loss(
            String path,
            ConditioningRecipe conditioning,
            List<Double> weights,
            double classDropout,
            @Nullable Double givenClassDropout,
            boolean compensateVelocity,
            RepresentationAlignment alignment) {
        return new VelocityLoss(
                Interpolant.named(path),
                conditioning,
                weights,
                classDropout,
                givenClassDropout == null ? classDropout : givenClassDropout,
                compensateVelocity,
                alignment);
    }

    /** Returns how batches are noised and supervised. */
    public ConditioningRecipe conditioning() {
        return recipe.conditioning(condition, conditionShares);
    }

    /** Returns the same objective with another recipe. */
    public Objective withRecipe(Recipe other) {
        return new Objective(path, other, condition, conditionShares, modalityWeights, classDropout, givenClassDropout,
                compensateVelocity, alignmentWeight, alignFirstHalf, alignUntilStep);
    }

    /** Returns the same objective with another weight of alignment; 0 for data without features. */
    public Objective withAlignmentWeight(double other) {
        return new Objective(path, recipe, condition, conditionShares, modalityWeights, classDropout, givenClassDropout,
                compensateVelocity, other, alignFirstHalf, alignUntilStep);
    }
}
