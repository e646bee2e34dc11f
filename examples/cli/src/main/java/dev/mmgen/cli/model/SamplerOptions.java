package dev.mmgen.cli.model;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.shapes.evaluation.SamplingWay;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of the sampler: its name, its number of steps and their times, by default those of the model. */
@Command(optionListHeading = "%nSampling:%n")
public final class SamplerOptions {

    private static final String DIRECT = "direct";

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description =
                    "euler-maruyama, euler, heun, adams-bashforth, dpm-solver, dpm-solver-sde, ancestral, flow-map, flow-map-restart or direct. Default: the model's;"
                            + " of the released models, euler-maruyama.")
    private @Nullable String sampler;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Inference steps. Default: the model's; of the released models, 250; 1 with the sampler direct.")
    private @Nullable Integer steps;

    @Option(
            names = "--shift",
            paramLabel = "X",
            description =
                    "How far the times of the steps are moved towards noise: 1 for not at all, 2 to 4 for few steps."
                            + " Default: the model's; of the released models, 1.")
    private @Nullable Double shift;

    /** Returns true if an option was given. */
    public boolean areGiven() {
        return sampler != null || steps != null || shift != null;
    }

    /** Sets what was given in a request; for the rest it keeps the model's defaults. */
    public void addTo(ImageRequestBuilder request) {
        if (sampler != null) {
            request.sampler(Sampler.named(sampler));
        }
        if (steps != null) {
            request.steps(steps);
        } else if (DIRECT.equals(sampler)) {
            request.steps(1);
        }
        if (shift != null) {
            request.shift(shift);
        }
    }

    /** Returns the steps of a sampler that was chosen without: 1 to read without noise, else those of the model. */
    static int usualSteps(@Nullable String sampler, int model) {
        return DIRECT.equals(sampler) ? 1 : model;
    }

    /** Returns the sampler, its steps and their shift, those of the model where no option was given. */
    public SamplingWay way(SamplingDefaults model) {
        return new SamplingWay(Sampler.named(name(model)), steps(model), shift(model));
    }

    /** Returns a model's defaults with what was given in their place. */
    SamplingDefaults over(SamplingDefaults model, GuidanceOptions guidance) {
        return new SamplingDefaults(name(model), steps(model), shift(model), guidance.strength(model));
    }

    private String name(SamplingDefaults model) {
        return sampler == null ? model.sampler() : sampler;
    }

    private int steps(SamplingDefaults model) {
        return steps == null ? usualSteps(sampler, model.steps()) : steps;
    }

    private double shift(SamplingDefaults model) {
        return shift == null ? model.shift() : shift;
    }
}
