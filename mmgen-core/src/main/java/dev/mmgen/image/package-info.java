/**
 * Eight-bit RGB images: files in and out, Pillow-exact resampling, the centre crop, and the way to and from a model's
 * numbers.
 *
 * <p>A photo walks through this package as {@link dev.mmgen.image.RgbImage#read(java.nio.file.Path) RgbImage.read} →
 * {@link dev.mmgen.image.CenterCrop} → {@link dev.mmgen.image.Normalization} → {@code float[3·H·W]}, and a decoded image
 * as {@code float[3·H·W]} → {@link dev.mmgen.image.Quantization} → {@code RgbImage.write}.
 *
 * <p>Training statistics depend on every level of every pixel, so resampling repeats Pillow's fixed-point arithmetic
 * to the last bit, and {@link dev.mmgen.image.ImageReading#REFERENCE} repeats what Pillow makes of a file.
 */
@NullMarked
package dev.mmgen.image;

import org.jspecify.annotations.NullMarked;
