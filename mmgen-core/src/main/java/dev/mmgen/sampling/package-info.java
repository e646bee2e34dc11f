/**
 * The way from noise to latents: samplers integrate the velocity that a model predicts, under conditions, inpainting and
 * classifier-free guidance.
 *
 * <p>{@link dev.mmgen.sampling.LatentSampler} binds a {@link dev.mmgen.model.VelocityModel} and carries out a
 * {@link dev.mmgen.sampling.SamplingRequest}. Below it, a {@link dev.mmgen.sampling.Sampler} is a numerical method that sees
 * only a {@link dev.mmgen.sampling.VelocityField}, the times of a {@link dev.mmgen.sampling.TimeGrid} and draws from a
 * {@link dev.mmgen.sampling.NoiseSource}. Time runs from 1, noise, down to 0, data, along an
 * {@link dev.mmgen.sampling.Interpolant}. The state is float64, the model sees a float32 copy (reference {@code
 * samplers.py}).
 *
 * <p>Samplers, interpolants, velocity models and noise sources can be a user's own; one that breaks its contract is named in a
 * {@link dev.mmgen.part.PartException}.
 */
@NullMarked
package dev.mmgen.sampling;

import org.jspecify.annotations.NullMarked;
