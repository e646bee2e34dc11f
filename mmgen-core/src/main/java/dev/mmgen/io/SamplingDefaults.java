package dev.mmgen.io;

import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.TimeGrid;

/**
 * The sampler, steps, their times and guidance of a model where a request does not set them: those that its makers found best.
 *
 * @param sampler  name of the sampler, see {@link Sampler#named}
 * @param steps    inference steps, at least 1
 * @param shift    how far the sampler's times are moved towards noise, see {@link TimeGrid#shifted}; 1 is not at all
 * @param guidance classifier-free guidance: its scale, and the times at which it applies
 */
public record SamplingDefaults(String sampler, int steps, double shift, Guidance guidance) {

    /** The defaults of the released models: 250 steps of the stochastic sampler, no guidance. */
    public static final SamplingDefaults RELEASED =
            new SamplingDefaults("euler-maruyama", SamplingRequest.DEFAULT_STEPS, Guidance.NONE);

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public SamplingDefaults {
        Sampler.named(sampler);
        if (steps < 1 || steps > TimeGrid.MAX_STEPS) {
            throw new IllegalArgumentException(
                    "setting 'steps' is " + steps + "; it must be from 1 to " + TimeGrid.MAX_STEPS);
        }
        TimeGrid.requireShift(shift);
    }

    /** Defaults at the times that suit the sampler. */
    public SamplingDefaults(String sampler, int steps, Guidance guidance) {
        this(sampler, steps, 1, guidance);
    }

    /** Returns these defaults with another sampler, by name. */
    public SamplingDefaults withSampler(String name) {
        return new SamplingDefaults(name, steps, shift, guidance);
    }

    /** Returns these defaults with another number of inference steps, at least 1. */
    public SamplingDefaults withSteps(int number) {
        return new SamplingDefaults(sampler, number, shift, guidance);
    }

    /** Returns these defaults with the times moved otherwise, 0.01 to 100; 1 for not at all. */
    public SamplingDefaults withShift(double other) {
        return new SamplingDefaults(sampler, steps, other, guidance);
    }

    /** Returns these defaults with other guidance. */
    public SamplingDefaults withGuidance(Guidance other) {
        return new SamplingDefaults(sampler, steps, shift, other);
    }

    /** Returns the sampler. */
    public Sampler method() {
        return Sampler.named(sampler);
    }
}
