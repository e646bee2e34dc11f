package dev.mmgen.cli.image;

import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.shapes.evaluation.SamplingWay;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How an evaluation samples. */
public final class SamplerOptions {

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description =
                    "euler-maruyama, euler, heun, adams-bashforth, dpm-solver or dpm-solver-sde. Default: the model's.")
    private @Nullable String sampler;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the sampler. Default: the model's.")
    private @Nullable Integer steps;

    /**
     * Returns the way to sample.
     *
     * @param own what stands in for options that were not given
     */
    public SamplingWay way(SamplingDefaults own) {
        return new SamplingWay(
                sampler == null ? own.method() : Sampler.named(sampler), steps == null ? own.steps() : steps);
    }
}
