/**
 * Modules: layers with parameters that have names, as in PyTorch's {@code torch.nn}.
 *
 * <p>A {@link dev.mmgen.torch.nn.Module} is built from a configuration and has no values at first. They come from a
 * {@linkplain dev.mmgen.torch.nn.Module#load state dict} or from {@linkplain dev.mmgen.torch.nn.Module#initialize random
 * initialisation}. Names of parameters are those of the Python originals.
 */
@NullMarked
package dev.mmgen.torch.nn;

import org.jspecify.annotations.NullMarked;
