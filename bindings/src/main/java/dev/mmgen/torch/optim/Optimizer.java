package dev.mmgen.torch.optim;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.StateDict;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A rule by which the parameters of a module move along their gradients, with what it remembers from step to step. It is used
 * by one thread.
 */
public interface Optimizer extends AutoCloseable {

    /** Returns the names of the parameters that are trained, in the module's order. */
    List<String> keys();

    /** Returns the gradients that have arrived; they are the live ones, and belong to the current scope. */
    List<Tensor> gradients();

    /**
     * Moves every parameter that has a gradient, in proportion to its rate.
     *
     * @param rates learning rate of this step by the parameter's name, from 0 to {@link LearningRate#MAX}
     * @throws IllegalArgumentException if one is not; nothing is moved
     */
    void step(ToDoubleFunction<String> rates);

    /**
     * Moves every parameter that has a gradient.
     *
     * @param rate learning rate of this step, from 0 to {@link LearningRate#MAX}
     * @throws IllegalArgumentException if it is not; nothing is moved
     */
    default void step(double rate) {
        step(_ -> rate);
    }

    /** Drops all gradients, so that the next backward pass starts from zero. */
    void clearGradients();

    /**
     * Returns what is remembered of every parameter that has been stepped, as {@code <parameter>.<part>} with PyTorch's names of
     * the parts. Tensors share storage with the optimizer. Close the result.
     */
    StateDict state();

    /**
     * Restores a state that {@link #state} returned; values are copied. Parameters without one start anew.
     *
     * @throws IllegalArgumentException if a name belongs to no trained parameter, a part is missing or a shape differs; the
     *     optimizer is then unchanged
     */
    void load(StateDict state);

    /** Frees what is remembered; a further step starts anew. Closing twice has no effect. */
    @Override
    void close();
}
