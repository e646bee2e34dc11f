package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/**
 * A colour as people order them (Ottosson, 2020): equal steps look equal, so colours of one lightness and one chroma fit each
 * other whatever their hues.
 *
 * @param lightness 0 (black) to 1 (white)
 * @param chroma    0 (grey) to about 0.3; {@link #linear} takes less where a screen cannot show it
 * @param hue       once around from 0 to 1: pink, orange, yellow, green, cyan, blue, violet
 */
record Oklch(double lightness, double chroma, double hue) {

    private static final int MOST_STEPS = 12;

    /** Returns linear RGB, each from 0 to 1. */
    Vec3 linear() {
        double a = StrictMath.cos(2 * Math.PI * hue);
        double b = StrictMath.sin(2 * Math.PI * hue);
        double light = Math.clamp(lightness, 0.0, 1.0);
        double strength = chroma;
        Vec3 colour = linear(light, strength * a, strength * b);
        for (int step = 0; step < MOST_STEPS && !shown(colour); step++) {
            strength *= 0.85;
            colour = linear(light, strength * a, strength * b);
        }
        return new Vec3(
                Math.clamp(colour.x(), 0.0, 1.0), Math.clamp(colour.y(), 0.0, 1.0), Math.clamp(colour.z(), 0.0, 1.0));
    }

    private static boolean shown(Vec3 colour) {
        double least = Math.min(colour.x(), Math.min(colour.y(), colour.z()));
        double most = Math.max(colour.x(), Math.max(colour.y(), colour.z()));
        return least >= 0 && most <= 1;
    }

    private static Vec3 linear(double light, double a, double b) {
        double l = cube(light + 0.3963377774 * a + 0.2158037573 * b);
        double m = cube(light - 0.1055613458 * a - 0.0638541728 * b);
        double s = cube(light - 0.0894841775 * a - 1.2914855480 * b);
        return new Vec3(
                4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    private static double cube(double value) {
        return value * value * value;
    }
}
