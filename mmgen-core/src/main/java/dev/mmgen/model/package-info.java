/**
 * The diffusion transformer: SiT with several modalities (paper, section 3; reference {@code models/sit.py}).
 *
 * <p>{@link dev.mmgen.model.DiffusionTransformer} predicts the velocity of noisy latents {@code [N, 4 * M, h, w]} of M
 * modalities: patch embedding and positions, blocks under adaLN conditioning by time, class and task, and one final layer
 * per modality. Names of parameters are the official ones.
 */
@NullMarked
package dev.mmgen.model;

import org.jspecify.annotations.NullMarked;
