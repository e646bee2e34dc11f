package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * What a sampler integrates: {@code dx/dt = v(x, t)}, with what is known of x beforehand.
 */
public interface VelocityField {

    /**
     * Returns the velocity.
     *
     * @param state {@code [N, C, h, w]}, float64
     * @param time  of what is being denoised, from 0 to 1
     * @return of the state's shape and type
     */
    Tensor velocity(Tensor state, double time);

    /** Returns the path that the velocity belongs to; the score depends on it. */
    Interpolant path();

    /**
     * Puts what is known at a time into a state: held conditions and kept regions. Samplers pass every state through
     * here.
     *
     * @return a state of the same shape and type; by default the same tensor
     */
    default Tensor constrain(Tensor state, double time) {
        return state;
    }
}
