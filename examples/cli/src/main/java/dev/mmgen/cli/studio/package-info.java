/** The command of the studio. */
@NullMarked
package dev.mmgen.cli.studio;

import org.jspecify.annotations.NullMarked;
