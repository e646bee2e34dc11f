/** What a training writes down: a table of steps as CSV, and curves for TensorBoard. */
@NullMarked
package dev.mmgen.train.log;

import org.jspecify.annotations.NullMarked;
