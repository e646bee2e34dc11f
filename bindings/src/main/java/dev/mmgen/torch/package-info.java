/**
 * Tensors over libtorch.
 *
 * <p>{@link dev.mmgen.torch.Tensor} is the value everything else is made of, {@link dev.mmgen.torch.Torch} creates them,
 * {@link dev.mmgen.torch.TensorScope} frees them in bulk. {@link dev.mmgen.torch.Libtorch} finds and loads the native
 * library on first use.
 */
@NullMarked
package dev.mmgen.torch;

import org.jspecify.annotations.NullMarked;
