package dev.mmgen.io;

import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;

/**
 * How a model is sampled unless a request says otherwise: what its makers found to serve it best.
 *
 * @param sampler  the name of the method, see {@link Sampler#named}
 * @param steps    of the method, at least 1
 * @param guidance how strongly the class is followed, and at which times
 */
public record SamplingDefaults(String sampler, int steps, Guidance guidance) {

    /** Those of the released models: 250 steps of the stochastic method, no guidance. */
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

    /** Returns the method. */
    public Sampler method() {
        return Sampler.named(sampler);
    }
}
