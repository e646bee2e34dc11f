/**
 * Solids and their intersections with rays. A convex solid is the intersection of simple bodies (half-spaces, slabs,
 * quadrics), so a ray's part inside it is the intersection of its parts inside those. Lengths are in scene units; the y axis
 * is the axis of every solid that has one.
 */
@NullMarked
package dev.mmgen.shapes.solid;

import org.jspecify.annotations.NullMarked;
