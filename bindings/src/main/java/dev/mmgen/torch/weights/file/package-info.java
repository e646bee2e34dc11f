/** The bytes of files, checked against their length. */
@NullMarked
package dev.mmgen.torch.weights.file;

import org.jspecify.annotations.NullMarked;
