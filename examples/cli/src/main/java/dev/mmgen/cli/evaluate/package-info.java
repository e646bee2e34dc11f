/** Commands that measure: readings, drawn sets, autoencoders, and models in the world of shapes. */
@NullMarked
package dev.mmgen.cli.evaluate;

import org.jspecify.annotations.NullMarked;
