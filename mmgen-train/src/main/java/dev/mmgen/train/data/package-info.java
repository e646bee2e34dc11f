/**
 * Training data in the files of the official implementation, read and written.
 *
 * <p>A {@link dev.mmgen.train.data.JsonlIndex} lists the samples. Their posteriors, the mean and standard deviation of
 * what the autoencoder says about each modality, lie in one HDF5 file per modality, and the DINOv2 tokens of the photo
 * in one more ({@link dev.mmgen.train.hdf5.Hdf5Samples}). Index and files together are a {@link
 * dev.mmgen.train.data.Dataset}, which a {@link dev.mmgen.train.data.DataLoader} reads ahead, shuffles and cuts into
 * {@link dev.mmgen.train.data.PosteriorBatch}es:
 *
 * <pre>{@code
 * JsonlIndex index = JsonlIndex.read(Path.of("train.jsonl"));
 * SampleSource source = PrecomputedSource.open(List.of(rgb, depth, normal, mask), dino);
 * try (Dataset data = new Dataset(index, source, SampleShape.OFFICIAL);
 *         DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(8).withSeed(0))) {
 *     while (training) {
 *         try (PosteriorBatch batch = loader.next()) {
 *             Tensor latents = batch.sampleLatents(LatentNormalization.STABLE_DIFFUSION, draws::normal);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Such files are made by {@link dev.mmgen.train.data.IndexBuilder} and {@link dev.mmgen.train.hdf5.SampleWriter}. An
 * {@link dev.mmgen.train.data.ImageSource} needs none but the index: it encodes the images as they are read.
 * Sources: {@code data/mmgen_dataset.py}, {@code data/prepare_*.py} and {@code utils/latents.py} of the reference.
 */
@NullMarked
package dev.mmgen.train.data;

import org.jspecify.annotations.NullMarked;
