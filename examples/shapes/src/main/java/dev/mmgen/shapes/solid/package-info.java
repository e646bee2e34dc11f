/**
 * Solids and where rays meet them. A convex solid is what several simple bodies (half-spaces, slabs, quadrics) have in
 * common, so a ray's part inside it is what the parts inside those have in common. Lengths are in scene units; the y axis
 * is the axis of whatever has one.
 */
@NullMarked
package dev.mmgen.shapes.solid;

import org.jspecify.annotations.NullMarked;
