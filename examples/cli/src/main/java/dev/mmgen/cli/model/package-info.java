/** Commands about models, {@code convert}, {@code inspect} and {@code doctor}, and the options by which commands open and sample one. */
@NullMarked
package dev.mmgen.cli.model;

import org.jspecify.annotations.NullMarked;
