/** The {@code mmgen} command. Each subcommand is a class in the package of its topic; shared options are mixins. */
@NullMarked
package dev.mmgen.cli;

import org.jspecify.annotations.NullMarked;
