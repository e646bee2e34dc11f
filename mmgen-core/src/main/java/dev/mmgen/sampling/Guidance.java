package dev.mmgen.sampling;

import com.fasterxml.jackson.annotation.JsonCreator;

/**
 * Guidance: {@code weak + scale * (strong - weak)}. The strong velocity is the model's. The weak one is the model's own without the
 * class (classifier-free guidance), or that of a weaker model where there is one (autoguidance; Karras et al., arXiv 2406.02507),
 * see {@link LatentSampler#guidedBy}. In JSON an object, or a number for guidance at all times.
 *
 * <p>What is given guides likewise, as the picture does in InstructPix2Pix (Brooks et al., 2023): {@code conditionScale - 1} times what the
 * conditions change is added. The weak velocity is there the model's own that sees the given modalities as noisy as the others, as in
 * drawing them all, so that they say less.
 *
 * @param scale 1 is the strong velocity alone, above 1 exaggerates what it has before the weak one, 0 is the weak one; 0 to 10000
 * @param low   earliest, that is cleanest, time at which guidance applies, itself included
 * @param high  latest, that is noisiest, time at which guidance applies, itself included
 * @param conditionScale how closely given modalities are followed: 1 as the model does by itself, above 1 more closely, for one more
 *     evaluation; 0 to 10000
 */
public record Guidance(double scale, double low, double high, double conditionScale) {

    /** The largest scale: far beyond any that draws, and small enough that latents stay numbers. */
    private static final double MAX_SCALE = 10_000;

    /** No guidance: one evaluation of the model per velocity. */
    public static final Guidance NONE = new Guidance(1, 0, 1, 1);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
    public Guidance {
        requireScale("guidance", scale);
        requireScale("condition guidance", conditionScale);
        if (!(low >= 0 && low <= high && high <= 1)) {
            throw new IllegalArgumentException(
                    "guidance from " + low + " to " + high + "; it needs 0 <= low <= high <= 1");
        }
    }

    private static void requireScale(String name, double scale) {
        if (!(scale >= 0 && scale <= MAX_SCALE)) {
            throw new IllegalArgumentException(
                    name + " scale is " + scale + "; it must be a number from 0 up, at most " + MAX_SCALE);
        }
    }

    /** Guidance that leaves conditions as they are. */
    public Guidance(double scale, double low, double high) {
        this(scale, low, high, 1);
    }

    /** Returns guidance at all times. The paper uses 1.8 for conditioned generation. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Guidance of(double scale) {
        return new Guidance(scale, 0, 1);
    }

    /** Returns the same guidance within an interval of times only; REPA's evaluation uses 0 to 0.7. */
    public Guidance within(double newLow, double newHigh) {
        return new Guidance(scale, newLow, newHigh, conditionScale);
    }

    /** Returns guidance of another scale at the same times. */
    public Guidance withScale(double other) {
        return new Guidance(other, low, high, conditionScale);
    }

    /** Returns guidance at the same times that follows given modalities more or less closely; 1 as the model does by itself. */
    public Guidance withConditionScale(double other) {
        return new Guidance(scale, low, high, other);
    }

    /** Returns true if a velocity at that time takes a second evaluation of the model, without the class or by a weaker one. */
    public boolean appliesAt(double time) {
        return scale != 1 && low <= time && time <= high;
    }

    /** Returns true if a velocity at that time takes one more evaluation, with the conditions as noisy as the rest, if there are some. */
    public boolean appliesToConditionsAt(double time) {
        return conditionScale != 1 && low <= time && time <= high;
    }
}
