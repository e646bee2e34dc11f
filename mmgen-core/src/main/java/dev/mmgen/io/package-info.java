/**
 * Models on disk: {@link dev.mmgen.io.ModelFolder} (settings, weights and an autoencoder),
 * {@link dev.mmgen.io.OfficialCheckpoint} ({@code .pt} files of the reference) and {@link dev.mmgen.io.AutoencoderFolder} (the
 * layout of diffusers). {@link dev.mmgen.io.WeightDifference} keeps a student in the folder of its model. Weights that are NaN or infinite are named when a model opens.
 */
@NullMarked
package dev.mmgen.io;

import org.jspecify.annotations.NullMarked;
