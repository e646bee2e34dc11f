/**
 * The world of shapes, a small world with exact truth: solids on a ground before a wall, drawn from a seed, with depth,
 * normals and segments known at every pixel. {@link dev.mmgen.shapes.ShapesWorld} makes scenes and renders them. Java's
 * arithmetic and {@link StrictMath} give the same pixels on every machine.
 */
@NullMarked
package dev.mmgen.shapes;

import org.jspecify.annotations.NullMarked;
