package dev.mmgen.train;

import dev.mmgen.train.loss.ConditioningRecipe;

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
    /** {@link ConditioningRecipe#plain}; for models that take one time per sample. */
    PLAIN;

    ConditioningRecipe conditioning(int condition) {
        return switch (this) {
            case RELEASED -> ConditioningRecipe.released();
            case GIVEN -> ConditioningRecipe.given(condition);
            case DECOUPLED -> ConditioningRecipe.decoupled();
            case ANY_CONDITIONS -> ConditioningRecipe.anyConditions();
            case PLAIN -> ConditioningRecipe.plain();
        };
    }
}
