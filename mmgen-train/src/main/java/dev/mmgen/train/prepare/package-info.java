/**
 * The way from images to the files that training reads: posteriors of an autoencoder, features of DINOv2, and statistics of
 * latents.
 *
 * <pre>{@code
 * JsonlIndex index = JsonlIndex.read(Path.of("train.jsonl"));
 * try (AutoencoderKl autoencoder = AutoencoderFolder.open(Path.of("sd-vae-ft-mse"))) {
 *     Preparation preparation = new Preparation(index, Encoding.posteriors(autoencoder, 256), PreparationConfig.of(4));
 *     preparation.run("rgb", Path.of("rgb.h5"), progress -> {});
 * }
 * }</pre>
 *
 * <p>Training without such files encodes the same images with the same {@link dev.mmgen.train.prepare.Encoding} as it needs
 * them, see {@link dev.mmgen.train.data.ImageSource}.
 *
 * <p>Sources: {@code data/preprocess_vae.py} and {@code data/preprocess_dino.py} of the reference.
 */
@NullMarked
package dev.mmgen.train.prepare;

import org.jspecify.annotations.NullMarked;
