package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Solid;

/**
 * A solid with its size and its pose.
 *
 * @param solid  in its own coordinates
 * @param pose   its rotation in the world
 * @param radius of a ball about the solid's origin that holds it
 * @param rest   the height of its origin when it stands on the ground
 */
public record Form(Solid solid, Rotation pose, double radius, double rest) {}
