/** Commands that draw images and read photos. */
@NullMarked
package dev.mmgen.cli.image;

import org.jspecify.annotations.NullMarked;
