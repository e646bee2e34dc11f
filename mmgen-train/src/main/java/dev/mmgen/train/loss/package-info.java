/**
 * The training loss (paper, section 3.3; reference {@code loss.py}).
 *
 * <p>{@link dev.mmgen.train.loss.ConditioningRecipe} draws, for one batch, a
 * {@link dev.mmgen.train.loss.ConditioningPlan}: which modalities are given, at which time each one stands and whose
 * targets count. {@link dev.mmgen.train.loss.VelocityLoss} mixes latents and noise accordingly, runs the model and
 * compares its velocity with the true one; {@link dev.mmgen.train.loss.RepresentationAlignment} compares its tokens
 * with features of an image encoder, or of the model itself. All randomness comes through
 * {@link dev.mmgen.train.loss.Draws}.
 */
@NullMarked
package dev.mmgen.train.loss;

import org.jspecify.annotations.NullMarked;
