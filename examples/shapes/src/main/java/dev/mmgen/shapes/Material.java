package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/**
 * The look of a surface.
 *
 * @param first   its colour, linear RGB, 0 to 1
 * @param second  the colour of its pattern
 * @param texture the pattern
 * @param scale   periods of the pattern per scene unit
 * @param shift   offset of the pattern; it keeps its edges off the faces of solids
 * @param gloss   the strength of the highlight, 0 (matt) to 1; from the second edition on, how clearly it mirrors lamps
 */
public record Material(Vec3 first, Vec3 second, Texture texture, double scale, double shift, double gloss) {

    /** Returns a matt surface of one colour. */
    public static Material matt(Vec3 colour) {
        return new Material(colour, Vec3.ZERO, Texture.PLAIN, 1, 0, 0);
    }

    Vec3 colour(Vec3 at) {
        return first.mix(second, texture.share(inPattern(at)));
    }

    Vec3 colour(Vec3 at, Footprint pixel) {
        return texture == Texture.PLAIN ? first : first.mix(second, texture.share(inPattern(at), pixel.times(scale)));
    }

    private Vec3 inPattern(Vec3 at) {
        return new Vec3(at.x() * scale + shift, at.y() * scale + shift, at.z() * scale + shift);
    }
}
