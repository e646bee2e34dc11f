package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/** The conversions between hues, linear light and the sRGB levels of files. */
final class Colours {

    private static final int STEPS = 4096;
    private static final byte[] LEVELS = levels();

    private Colours() {}

    /**
     * Returns linear RGB.
     *
     * @param hue        once around from 0 to 1: red, yellow, green, cyan, blue, magenta
     * @param saturation 0 (grey) to 1
     * @param value      the sRGB level of the brightest component, 0 to 1
     */
    static Vec3 linear(double hue, double saturation, double value) {
        return new Vec3(
                linear(value * (1 - saturation * absence(hue))),
                linear(value * (1 - saturation * absence(hue + 2.0 / 3))),
                linear(value * (1 - saturation * absence(hue + 1.0 / 3))));
    }

    /** Returns how much the red of a pure hue lacks. */
    private static double absence(double hue) {
        double around = hue - Math.floor(hue);
        return Math.clamp(6 * Math.min(around, 1 - around) - 1, 0.0, 1.0);
    }

    private static double linear(double level) {
        return level <= 0.04045 ? level / 12.92 : StrictMath.pow((level + 0.055) / 1.055, 2.4);
    }

    /** Returns the 8-bit sRGB level of an amount of light; 1 and more are white. */
    static byte level(double light) {
        return LEVELS[(int) (Math.clamp(light, 0.0, 1.0) * (STEPS - 1) + 0.5)];
    }

    private static byte[] levels() {
        byte[] levels = new byte[STEPS];
        for (int i = 0; i < STEPS; i++) {
            double light = (double) i / (STEPS - 1);
            double level = light <= 0.0031308 ? 12.92 * light : 1.055 * StrictMath.pow(light, 1 / 2.4) - 0.055;
            levels[i] = (byte) (int) Math.rint(255 * level);
        }
        return levels;
    }
}
