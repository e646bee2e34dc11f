package dev.mmgen.train;

import dev.mmgen.train.loss.ConditioningRecipe;
import java.util.List;

/** The ready-made {@link ConditioningRecipe}s, by name. */
public enum Recipe {
    /** {@link ConditioningRecipe#released}. */
    RELEASED,
    /** {@link ConditioningRecipe#given}: from one modality to all others. */
    GIVEN,
    /** {@link ConditioningRecipe#decoupled}. */
    DECOUPLED,
    /** {@link ConditioningRecipe#anyConditions}. */
    ANY_CONDITIONS,
    /** {@link ConditioningRecipe#mixed}: the objective's {@code conditionShares} say how much of each job. */
    MIXED,
    /** {@link ConditioningRecipe#plain}; for models that take one time per sample. */
    PLAIN,
    /** One that a program gives to its {@link Trainer}; settings cannot tell it. */
    OWN;

    ConditioningRecipe conditioning(int condition, List<Double> shares) {
        return switch (this) {
            case RELEASED -> ConditioningRecipe.released();
            case GIVEN -> ConditioningRecipe.given(condition);
            case DECOUPLED -> ConditioningRecipe.decoupled();
            case ANY_CONDITIONS -> ConditioningRecipe.anyConditions();
            case MIXED -> ConditioningRecipe.mixed(shares.getFirst(), shares.subList(1, shares.size()));
            case PLAIN -> ConditioningRecipe.plain();
            case OWN ->
                throw new IllegalArgumentException(
                        "setting 'recipe' is OWN, a recipe that a program gives to its Trainer; use another one here");
        };
    }
}
