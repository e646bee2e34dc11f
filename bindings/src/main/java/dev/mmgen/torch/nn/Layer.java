package dev.mmgen.torch.nn;

import dev.mmgen.torch.Tensor;

/** A function from one tensor to one tensor, with or without parameters. */
@FunctionalInterface
public interface Layer {

    /** Returns the output for an input, as a new tensor of the current scope. */
    Tensor forward(Tensor input);
}
