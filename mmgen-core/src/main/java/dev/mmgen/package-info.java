/**
 * MMGen: one diffusion model that draws an image with its depth, normals and segmentation, reads those from a photo, and draws
 * a photo from any of them (arXiv 2503.20644).
 *
 * <p>{@link dev.mmgen.MmGen} opens a model and takes requests. The walk of an image: {@link dev.mmgen.image.RgbImage} → centre
 * crop → {@link dev.mmgen.codec.MultiModalEncoder} → latents → {@link dev.mmgen.sampling.LatentSampler}, which asks the
 * {@link dev.mmgen.model.VelocityModel} for velocities → latents → {@link dev.mmgen.codec.MultiModalDecoder} →
 * {@link dev.mmgen.MultiModalImage}. Each of these can be used on its own.
 */
@NullMarked
package dev.mmgen;

import org.jspecify.annotations.NullMarked;
