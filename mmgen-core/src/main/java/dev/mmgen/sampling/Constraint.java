package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/** Something known about the state beforehand. */
sealed interface Constraint permits HeldChannels, KeptRegion {

    /** Returns the state with the known part put in. */
    Tensor apply(Tensor state, double time);
}
