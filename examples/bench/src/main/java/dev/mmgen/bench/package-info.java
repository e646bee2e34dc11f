/** Measurements: whole-process programs that print medians. The JMH benchmarks are in the test tree. */
@NullMarked
package dev.mmgen.bench;

import org.jspecify.annotations.NullMarked;
