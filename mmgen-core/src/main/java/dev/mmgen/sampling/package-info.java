/**
 * From noise to latents: integrates the velocity that the transformer predicts, under conditions, masks and guidance.
 *
 * <p>{@link dev.mmgen.sampling.LatentSampler} binds a model and carries out a {@link
 * dev.mmgen.sampling.SamplingRequest}. Below it, a {@link dev.mmgen.sampling.Sampler} is a numerical method that sees
 * only a {@link dev.mmgen.sampling.VelocityField}, the times of a {@link dev.mmgen.sampling.TimeGrid} and draws from a
 * {@link dev.mmgen.sampling.NoiseSource}. Time runs from 1, noise, down to 0, data, along an
 * {@link dev.mmgen.sampling.Interpolant}. The state is float64, the model sees a float32 copy (reference {@code
 * samplers.py}).
 */
@NullMarked
package dev.mmgen.sampling;

import org.jspecify.annotations.NullMarked;
