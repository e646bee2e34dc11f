package dev.mmgen.cli.model;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of classifier-free guidance: its scale and the times at which it applies, by default those of the model. */
@Command(optionListHeading = "%nSampling:%n")
public final class GuidanceOptions {

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            description =
                    "Classifier-free guidance: 1 switches it off, larger values follow the class more closely. The paper: 1 for categories,"
                            + " 1.8 for conditions. Default: the model's; of the released models, 1.")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-interval",
            paramLabel = "TIME",
            arity = "2",
            description = "The lowest and highest time with guidance, from 0 (data) to 1 (noise). Default: the model's,"
                    + " or 0 1 if --guidance is given.")
    private double @Nullable [] interval;

    /** Returns true if an option was given. */
    public boolean areGiven() {
        return guidance != null || interval != null;
    }

    /**
     * Sets the guidance of a request, if a scale was given.
     *
     * @throws IllegalArgumentException if there is an interval without a scale
     */
    public void addTo(ImageRequestBuilder request) {
        if (guidance != null) {
            request.guidance(within(Guidance.of(guidance)));
        } else if (interval != null) {
            throw new IllegalArgumentException(
                    "--guidance-interval is for the scale that stands beside it; add --guidance");
        }
    }

    /** Returns the guidance, the model's where no option was given. A scale without an interval applies at all times. */
    public Guidance strength(SamplingDefaults model) {
        return within(guidance == null ? model.guidance() : Guidance.of(guidance));
    }

    private Guidance within(Guidance strength) {
        return interval == null ? strength : strength.within(interval[0], interval[1]);
    }

    /** Returns for example {@code guidance 1.5}. */
    public String describe(SamplingDefaults model) {
        Guidance strength = strength(model);
        boolean always = strength.equals(Guidance.of(strength.scale()));
        return "guidance " + strength.scale() + (always ? "" : " from " + strength.low() + " to " + strength.high());
    }
}
