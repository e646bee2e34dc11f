/** Commands that prepare data for training: indexes, edges, latents, features, statistics. */
@NullMarked
package dev.mmgen.cli.prepare;

import org.jspecify.annotations.NullMarked;
