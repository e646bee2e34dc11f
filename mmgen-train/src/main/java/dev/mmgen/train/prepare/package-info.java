/**
 * The way from images to the files that training reads: posteriors of an autoencoder, features of DINOv2, and statistics of
 * latents.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="preparation"}
 *
 * <p>Training without such files encodes the same images with the same {@link dev.mmgen.train.prepare.Encoding} as it needs
 * them, see {@link dev.mmgen.train.data.ImageSource}.
 *
 * <p>Sources: {@code data/preprocess_vae.py} and {@code data/preprocess_dino.py} of the reference.
 */
@NullMarked
package dev.mmgen.train.prepare;

import org.jspecify.annotations.NullMarked;
