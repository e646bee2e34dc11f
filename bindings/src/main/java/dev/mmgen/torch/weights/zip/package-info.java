/** Zip archives as {@code torch.save} writes them, uncompressed and aligned, so that their entries can be mapped. Not exported. */
@NullMarked
package dev.mmgen.torch.weights.zip;

import org.jspecify.annotations.NullMarked;
