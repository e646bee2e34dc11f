package dev.mmgen.train;

import dev.mmgen.sampling.Interpolant;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.RepresentationAlignment;
import dev.mmgen.train.loss.TimeDistribution;
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
 * @param logitNormalTimes   how often each time is trained; null for all alike, as the reference does
 * @param compensateVelocity see {@link VelocityLoss}
 * @param alignment          with what tokens are aligned
 * @param teacherDepth       of {@link AlignmentSource#SELF}: after how many blocks of the average its tokens are taken; 0 is
 *                           after five sevenths of them
 * @param teacherTime        of {@link AlignmentSource#SELF}: the average's times are the model's times this factor, 0 to 1
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
        TimeDistribution.@Nullable LogitNormal logitNormalTimes,
        boolean compensateVelocity,
        AlignmentSource alignment,
        int teacherDepth,
        double teacherTime,
        double alignmentWeight,
        boolean alignFirstHalf,
        long alignUntilStep) {

    /** That of the released models. */
    public static final Objective RELEASED = new Objective(
            "linear",
            Recipe.RELEASED,
            0,
            List.of(),
            List.of(1.0, 0.2, 0.1, 0.1),
            0.1,
            null,
            null,
            false,
            AlignmentSource.FEATURES,
            0,
            0.8,
            0.5,
            false,
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
        if (teacherDepth < 0) {
            throw new IllegalArgumentException("setting 'teacherDepth' is " + teacherDepth + "; it must be at least 0");
        }
        if (!(teacherTime >= 0 && teacherTime <= 1)) {
            throw new IllegalArgumentException("setting 'teacherTime' is " + teacherTime + "; it must be from 0 to 1");
        }
        conditionShares = List.copyOf(conditionShares);
        if (recipe == Recipe.MIXED && conditionShares.size() != modalityWeights.size() + 1) {
            throw new IllegalArgumentException("setting 'conditionShares' is " + conditionShares + "; it must list "
                    + (modalityWeights.size() + 1) + " shares: without a condition, and with each modality alone");
        }
        ConditioningRecipe named = recipe == Recipe.OWN
                ? ConditioningRecipe.plain()
                : conditioning(recipe, condition, conditionShares, logitNormalTimes);
        loss(
                path,
                named,
                modalityWeights,
                classDropout,
                givenClassDropout,
                compensateVelocity,
                new RepresentationAlignment(alignmentWeight, alignFirstHalf, alignUntilStep));
    }

    /** Returns the loss. */
    public VelocityLoss loss() {
        return loss(conditioning());
    }

    /** Returns the loss of a recipe, with all else as these settings say. */
    public VelocityLoss loss(ConditioningRecipe own) {
        return loss(
                path,
                timed(own, logitNormalTimes),
                modalityWeights,
                classDropout,
                givenClassDropout,
                compensateVelocity,
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
        return conditioning(recipe, condition, conditionShares, logitNormalTimes);
    }

    private static ConditioningRecipe conditioning(
            Recipe recipe, int condition, List<Double> shares, TimeDistribution.@Nullable LogitNormal times) {
        return timed(recipe.conditioning(condition, shares), times);
    }

    private static ConditioningRecipe timed(ConditioningRecipe recipe, TimeDistribution.@Nullable LogitNormal times) {
        return times == null ? recipe : recipe.withTimes(times);
    }

    /** Returns the same objective with times drawn this way; null for all alike. */
    public Objective withTimes(TimeDistribution.@Nullable LogitNormal times) {
        return changed(path, recipe, modalityWeights, classDropout, times, alignment, alignmentWeight);
    }

    /** Returns the same objective with another recipe. */
    public Objective withRecipe(Recipe other) {
        return changed(path, other, modalityWeights, classDropout, logitNormalTimes, alignment, alignmentWeight);
    }

    /** Returns the same objective aligned with something else. */
    public Objective withAlignment(AlignmentSource other) {
        return changed(path, recipe, modalityWeights, classDropout, logitNormalTimes, other, alignmentWeight);
    }

    /** Returns the same objective with another weight of alignment; 0 for data without features. */
    public Objective withAlignmentWeight(double other) {
        return changed(path, recipe, modalityWeights, classDropout, logitNormalTimes, alignment, other);
    }

    /** Returns the same objective with other weights of the modalities. */
    public Objective withModalityWeights(List<Double> others) {
        return changed(path, recipe, others, classDropout, logitNormalTimes, alignment, alignmentWeight);
    }

    /** Returns the same objective on another path. */
    public Objective withPath(String other) {
        return changed(other, recipe, modalityWeights, classDropout, logitNormalTimes, alignment, alignmentWeight);
    }

    /** Returns the same objective with classes dropped as often; 0 for a model without a null class. */
    public Objective withClassDropout(double other) {
        return changed(path, recipe, modalityWeights, other, logitNormalTimes, alignment, alignmentWeight);
    }

    private Objective changed(
            String path,
            Recipe recipe,
            List<Double> modalityWeights,
            double classDropout,
            TimeDistribution.@Nullable LogitNormal logitNormalTimes,
            AlignmentSource alignment,
            double alignmentWeight) {
        return new Objective(
                path,
                recipe,
                condition,
                conditionShares,
                modalityWeights,
                classDropout,
                givenClassDropout,
                logitNormalTimes,
                compensateVelocity,
                alignment,
                teacherDepth,
                teacherTime,
                alignmentWeight,
                alignFirstHalf,
                alignUntilStep);
    }

    /** Returns true if training needs features from the data. */
    public boolean needsFeatures() {
        return alignmentWeight > 0 && alignment == AlignmentSource.FEATURES;
    }

    /** Returns true if training aligns the model with its own average. */
    public boolean alignsItself() {
        return alignmentWeight > 0 && alignment == AlignmentSource.SELF;
    }

    /** Returns after how many blocks of the average its tokens are taken, of a model with so many blocks. */
    int teacherDepth(int blocks) {
        return teacherDepth == 0 ? Math.max(1, Math.round(blocks * 5f / 7)) : teacherDepth;
    }
}
