package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Solid;

/**
 * A solid of a certain size in a certain pose.
 *
 * @param solid  in its own coordinates
 * @param pose   how it is turned
 * @param radius of a ball about the solid's origin that holds it
 * @param rest   how high its origin is when it stands on the ground
 */
public record Form(Solid solid, Rotation pose, double radius, double rest) {}
