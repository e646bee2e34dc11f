/** Commands that train: a transformer, an autoencoder, a model further. */
@NullMarked
package dev.mmgen.cli.training;

import org.jspecify.annotations.NullMarked;
