/** Benchmarks: programs that print medians, and one for JMH. */
@NullMarked
package dev.mmgen.bench;

import org.jspecify.annotations.NullMarked;
