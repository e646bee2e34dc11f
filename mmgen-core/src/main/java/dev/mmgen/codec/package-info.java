/**
 * The way between pictures and latents, through one autoencoder that all modalities share.
 *
 * <p>{@link dev.mmgen.codec.Autoencoder} is the interface of such a network. {@link dev.mmgen.codec.AutoencoderKl} is Stable
 * Diffusion's, in the layout and with the key names of diffusers; {@link dev.mmgen.codec.TiledAutoencoder} runs any on large
 * images tile by tile.
 * {@link dev.mmgen.codec.MultiModalEncoder} puts the latents of several pictures into the slots of their modalities,
 * and {@link dev.mmgen.codec.MultiModalDecoder} makes pictures of such latents.
 * {@link dev.mmgen.codec.LatentNormalization} brings latents to unit scale for the transformer, and back.
 */
@NullMarked
package dev.mmgen.codec;

import org.jspecify.annotations.NullMarked;
