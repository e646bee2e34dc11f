/**
 * Between pictures and latents: the autoencoder of Stable Diffusion, shared by all modalities.
 *
 * <p>{@link dev.mmgen.codec.AutoencoderKl} is the network, in the layout and with the key names of diffusers;
 * {@link dev.mmgen.codec.TiledAutoencoder} runs it on large images piece by piece.
 * {@link dev.mmgen.codec.MultiModalEncoder} puts the latents of several pictures into the slots of their modalities,
 * and {@link dev.mmgen.codec.MultiModalDecoder} makes pictures of such latents.
 * {@link dev.mmgen.codec.LatentNormalization} brings latents to unit scale for the transformer, and back.
 */
@NullMarked
package dev.mmgen.codec;

import org.jspecify.annotations.NullMarked;
