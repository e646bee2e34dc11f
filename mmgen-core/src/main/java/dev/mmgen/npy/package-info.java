/**
 * NumPy's files: {@link dev.mmgen.npy.NpyArray} for {@code .npy}, {@link dev.mmgen.npy.NpzFile} and {@link
 * dev.mmgen.npy.NpzWriter} for {@code .npz}, byte for byte as NumPy 2 writes them.
 */
@NullMarked
package dev.mmgen.npy;

import org.jspecify.annotations.NullMarked;
