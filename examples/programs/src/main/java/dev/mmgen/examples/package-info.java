/**
 * Programs to copy from, each at most a page. Each takes the location of a model as its first argument; without one it uses the
 * small trained model of the world of shapes, see {@link dev.mmgen.examples.TrainedModel}, so that every program runs at once.
 */
@NullMarked
package dev.mmgen.examples;

import org.jspecify.annotations.NullMarked;
