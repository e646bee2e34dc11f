package dev.mmgen.train.label;

/** A check of numbers before they become levels. */
final class Finite {

    private Finite() {}

    static void check(float[] values, String what) {
        if (values.length == 0) {
            throw new IllegalArgumentException(what + " without pixels cannot be rendered");
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        what + " holds " + values[i] + " at place " + i + "; its numbers must be finite");
            }
        }
    }
}
