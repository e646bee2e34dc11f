package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * The right-hand side of the equation that a sampler integrates, {@code dx/dt = v(x, t)}, with what is known of x beforehand.
 * One thread at a time uses it.
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

    /**
     * Returns the average velocity of a step of a flow map, {@code (x(end) - x(time)) / (end - time)}.
     *
     * @param end the time at which the step ends, from 0 to 1
     * @return of the state's shape and type
     * @throws UnsupportedOperationException if the field belongs to a model of velocities alone
     */
    default Tensor averageVelocity(Tensor state, double time, double end) {
        throw new UnsupportedOperationException("the field has velocities alone; it belongs to no flow map");
    }

    /** Returns the path that the velocity belongs to; the score depends on it. */
    Interpolant path();

    /**
     * Puts what is known at a time into a state: conditions, and what inpainting keeps. Every state passes through here
     * before a velocity is asked for.
     *
     * @return a state of the same shape and type; by default the same tensor
     */
    default Tensor constrain(Tensor state, double time) {
        return state;
    }
}
