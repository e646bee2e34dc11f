/**
 * Programs to copy from, each at most a page. Each takes the folder of a model as its first argument; without one it uses a
 * small model with random weights, which {@link dev.mmgen.examples.DemoModel} makes, so that every program runs at once.
 */
@NullMarked
package dev.mmgen.examples;

import org.jspecify.annotations.NullMarked;
