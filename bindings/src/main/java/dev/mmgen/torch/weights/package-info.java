/**
 * Weight files without Python: safetensors, single or sharded, and the checkpoints of {@code torch.save}, all read and
 * written.
 *
 * <p>{@link dev.mmgen.torch.weights.WeightFile} opens safetensors by path,
 * {@link dev.mmgen.torch.weights.PickleCheckpoint} opens {@code .pt} files. Both parse only the description of the
 * tensors; the numbers are mapped into memory when a {@link dev.mmgen.torch.weights.StateDict} is asked for, so that
 * listing a file of many gigabytes costs milliseconds and taking one part of it leaves the rest on disk.
 *
 * <p>Files are treated as hostile. Nothing in them is executed, every number is checked before it is used, and whatever
 * is wrong is reported as a {@link dev.mmgen.torch.weights.WeightFileException} that names the file and the tensor.
 */
@NullMarked
package dev.mmgen.torch.weights;

import org.jspecify.annotations.NullMarked;
