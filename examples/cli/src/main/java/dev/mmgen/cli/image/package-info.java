/** Commands that draw and read images. */
@NullMarked
package dev.mmgen.cli.image;

import org.jspecify.annotations.NullMarked;
