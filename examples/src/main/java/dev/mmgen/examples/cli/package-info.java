/** The {@code mmgen} command line: one class per command, options they share in mixins. */
@NullMarked
package dev.mmgen.examples.cli;

import org.jspecify.annotations.NullMarked;
