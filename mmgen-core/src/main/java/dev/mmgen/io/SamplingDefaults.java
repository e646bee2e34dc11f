package dev.mmgen.io;

import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;

/**
 * The sampler, steps and guidance of a model where a request does not set them: those that its makers found best.
 *
 * @param sampler  name of the sampler, see {@link Sampler#named}
 * @param steps    inference steps, at least 1
 * @param guidance classifier-free guidance: its scale, and the times at which it applies
 */
public record SamplingDefaults(String sampler, int steps, Guidance guidance) {

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
        if (steps < 1) {
            throw new IllegalArgumentException("setting 'steps' is " + steps + "; it must be at least 1");
        }
    }

    /** Returns these defaults with another sampler, by name. */
    public SamplingDefaults withSampler(String name) {
        return new SamplingDefaults(name, steps, guidance);
    }

    /** Returns these defaults with another number of inference steps, at least 1. */
    public SamplingDefaults withSteps(int number) {
        return new SamplingDefaults(sampler, number, guidance);
    }

    /** Returns these defaults with other guidance. */
    public SamplingDefaults withGuidance(Guidance other) {
        return new SamplingDefaults(sampler, steps, other);
    }

    /** Returns the sampler. */
    public Sampler method() {
        return Sampler.named(sampler);
    }
}
