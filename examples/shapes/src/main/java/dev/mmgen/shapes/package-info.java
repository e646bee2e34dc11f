/**
 * A small world with exact truth: solids on a ground before a backdrop, drawn from a seed, with depth, normals and
 * segments known at every pixel. {@link dev.mmgen.shapes.ShapesWorld} makes scenes and renders them. Java's
 * arithmetic and {@link StrictMath} make the same pixels on every machine.
 */
@NullMarked
package dev.mmgen.shapes;

import org.jspecify.annotations.NullMarked;
