/**
 * Training data, in the files of the official implementation or from a source of your own.
 *
 * <p>A {@link dev.mmgen.train.data.JsonlIndex} lists the samples, and a {@link dev.mmgen.train.data.SampleSource} reads them:
 * {@link dev.mmgen.train.hdf5.PrecomputedSource} the posteriors of the autoencoder, the mean and standard deviation of each
 * modality's latents, from one HDF5 file per modality, and the DINOv2 tokens of the photo from one more. Index and source
 * are a {@link dev.mmgen.train.data.Dataset}, which a {@link dev.mmgen.train.data.DataLoader} reads ahead, shuffles and
 * cuts into {@link dev.mmgen.train.data.PosteriorBatch}es:
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="data-loader"}
 *
 * <p>Such files are made by {@link dev.mmgen.train.data.IndexBuilder} and {@link dev.mmgen.train.hdf5.SampleWriter}. An
 * {@link dev.mmgen.train.data.ImageSource} needs only the index: it encodes the images as they are read.
 * Sources: {@code data/mmgen_dataset.py}, {@code data/prepare_*.py} and {@code utils/latents.py} of the reference.
 */
@NullMarked
package dev.mmgen.train.data;

import org.jspecify.annotations.NullMarked;
