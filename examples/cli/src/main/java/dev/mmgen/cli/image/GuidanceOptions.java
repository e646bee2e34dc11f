package dev.mmgen.cli.image;

import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How strongly an evaluation follows categories: as a model's folder says, unless options say otherwise. */
public final class GuidanceOptions {

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            description = "How strongly the class is followed; 1 is none. Default: the model's.")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-interval",
            paramLabel = "TIME",
            arity = "2",
            description = "The lowest and highest time with guidance, from 0 (data) to 1 (noise). Default: the model's,"
                    + " or 0 1 if --guidance is given.")
    private double @Nullable [] interval;

    /**
     * Returns the guidance. A scale without an interval is one at all times.
     *
     * @param own what stands in for options that were not given
     */
    public Guidance strength(SamplingDefaults own) {
        Guidance strength = guidance == null ? own.guidance() : Guidance.of(guidance);
        return interval == null ? strength : strength.within(interval[0], interval[1]);
    }

    /** Returns for example {@code guidance 1.5}. */
    public String describe(SamplingDefaults own) {
        Guidance strength = strength(own);
        boolean always = strength.equals(Guidance.of(strength.scale()));
        return "guidance " + strength.scale() + (always ? "" : " from " + strength.low() + " to " + strength.high());
    }
}
