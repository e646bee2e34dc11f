/** Commands that prepare data for training, from pictures to latents and features. */
@NullMarked
package dev.mmgen.cli.prepare;

import org.jspecify.annotations.NullMarked;
