/** Progress, names of files and enumerations, and messages on the terminal, as all commands use them. */
@NullMarked
package dev.mmgen.cli.console;

import org.jspecify.annotations.NullMarked;
