/** The logs of a training: a table of steps as CSV, and curves for TensorBoard. */
@NullMarked
package dev.mmgen.train.log;

import org.jspecify.annotations.NullMarked;
