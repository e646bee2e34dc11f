/**
 * The training loss (paper, section 3.3; reference {@code loss.py}).
 *
 * <p>{@link dev.mmgen.train.loss.VelocityLoss} is the paper's {@link dev.mmgen.train.loss.TrainingLoss}. Its {@link
 * dev.mmgen.train.loss.ConditioningRecipe} draws, for one batch, a {@link dev.mmgen.train.loss.ConditioningPlan}: which
 * modalities are given, at which time each one stands and whose targets count. The loss mixes latents and noise accordingly,
 * asks the model through a {@link dev.mmgen.train.loss.LossContext} and compares its velocity with the true one; {@link
 * dev.mmgen.train.loss.RepresentationAlignment} compares its tokens with those of a teacher.
 *
 * <p>A plan's JSON holds these same records. A program may bring a loss or a {@link dev.mmgen.train.loss.TimeScheme} of its
 * own; files then name its class.
 */
@NullMarked
package dev.mmgen.train.loss;

import org.jspecify.annotations.NullMarked;
