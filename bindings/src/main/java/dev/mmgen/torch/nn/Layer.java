package dev.mmgen.torch.nn;

import dev.mmgen.torch.Tensor;

/** A step from one tensor to one tensor. */
@FunctionalInterface
public interface Layer {

    /** Returns what this step makes of its input, as a new tensor. */
    Tensor forward(Tensor input);
}
