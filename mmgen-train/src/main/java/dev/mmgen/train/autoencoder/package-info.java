/**
 * Training of the autoencoder between images and latents.
 *
 * <p>An {@link dev.mmgen.train.autoencoder.AutoencoderPlan} says what is trained and how. An
 * {@link dev.mmgen.train.autoencoder.AutoencoderTrainer} makes steps over
 * {@link dev.mmgen.train.autoencoder.ImageBatches}, which mix all modalities: each is an image of its own, and one network
 * serves them all. A {@link dev.mmgen.train.TrainingRun} makes the steps in a folder.
 */
@NullMarked
package dev.mmgen.train.autoencoder;

import org.jspecify.annotations.NullMarked;
