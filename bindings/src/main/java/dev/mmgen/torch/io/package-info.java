/**
 * Files and folders that are complete or not there: {@link dev.mmgen.torch.io.AtomicFile} and
 * {@link dev.mmgen.torch.io.AtomicFolder}, through which everything that MMGen writes goes.
 */
@NullMarked
package dev.mmgen.torch.io;

import org.jspecify.annotations.NullMarked;
