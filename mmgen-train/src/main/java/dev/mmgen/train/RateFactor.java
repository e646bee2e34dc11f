package dev.mmgen.train;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of the weights that learns at a rate of its own. A new modality's begin at zero beside others that are trained: at one
 * rate for all, it would learn too slowly, or the others would forget.
 *
 * @param weights   the name of a parameter, or of a module with all of its parameters
 * @param dimension of the parameter that is divided, counted from 0
 * @param from      the first place in this dimension that belongs to the part; 0 for the whole of every parameter
 * @param factor    times the learning rate of the rest, above 0
 * @param restFrozen true keeps the places before {@code from} as they are: an adapter beside a base that stays needs the new
 *     columns of a map alone. With {@code from} at the end nothing of a parameter is trained
 */
public record RateFactor(String weights, int dimension, long from, double factor, boolean restFrozen) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public RateFactor {
        Objects.requireNonNull(weights, "weights");
        if (dimension < 0 || from < 0) {
            throw new IllegalArgumentException("the rate of " + weights + " is for places from " + from
                    + " on in dimension " + dimension + "; both are counted from 0");
        }
        if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "the rate of " + weights + " has the factor " + factor + "; it must be positive and finite");
        }
    }

    /** Reads a factor; in plans of before, nothing is frozen. */
    @JsonCreator
    static RateFactor read(
            @JsonProperty("weights") String weights,
            @JsonProperty("dimension") int dimension,
            @JsonProperty("from") long from,
            @JsonProperty("factor") double factor,
            @JsonProperty("restFrozen") @Nullable Boolean restFrozen) {
        return new RateFactor(weights, dimension, from, factor, restFrozen != null && restFrozen);
    }

    /** The whole of a parameter, or of a module. */
    public static RateFactor of(String weights) {
        return new RateFactor(weights, 0, 0, 1, false);
    }

    /** Returns the part of a parameter from a place in a dimension on. */
    public RateFactor from(int newDimension, long place) {
        return new RateFactor(weights, newDimension, place, factor, restFrozen);
    }

    /** Returns the part with another factor. */
    public RateFactor withFactor(double newFactor) {
        return new RateFactor(weights, dimension, from, newFactor, restFrozen);
    }

    /** Returns the part of a parameter whose other places stay as they are, or learn like all else. */
    public RateFactor withRestFrozen(boolean frozen) {
        return new RateFactor(weights, dimension, from, factor, frozen);
    }

    boolean covers(String parameter) {
        return Optimization.covers(weights, parameter);
    }
}
