package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;

/** The weights of a student, open and checked against the model that they lie over: an adapter's, or a {@link WeightDifference}. */
public interface StudentWeights extends AutoCloseable {

    /**
     * Lays them over the model that they were opened for, which stays as it is.
     *
     * @return a model of its own; close it after use
     */
    DiffusionTransformer over(DiffusionTransformer model);

    @Override
    void close();
}
