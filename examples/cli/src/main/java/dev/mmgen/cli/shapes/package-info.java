/** Commands of the world of shapes: rendering scenes, training their judge. */
@NullMarked
package dev.mmgen.cli.shapes;

import org.jspecify.annotations.NullMarked;
