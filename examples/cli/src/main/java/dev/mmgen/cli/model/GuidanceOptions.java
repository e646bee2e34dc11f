package dev.mmgen.cli.model;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of guidance by class and conditions: its scales and the times at which it applies, by default those of the model. */
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
            names = "--condition-guidance",
            paramLabel = "SCALE",
            description =
                    "How closely given modalities are followed: 1 as the model does by itself, larger values more closely, for one more"
                            + " evaluation where guidance applies. Default: the model's; of the released models, 1.")
    private @Nullable Double conditionGuidance;

    @Option(
            names = "--guidance-interval",
            paramLabel = "TIME",
            arity = "2",
            description = "The lowest and highest time with guidance, from 0 (data) to 1 (noise). Default: the model's,"
                    + " or 0 1 if --guidance is given.")
    private double @Nullable [] interval;

    /** Returns true if an option was given. */
    public boolean areGiven() {
        return guidance != null || conditionGuidance != null || interval != null;
    }

    /** Returns true if an option says how closely given modalities are followed. */
    public boolean isByConditions() {
        return conditionGuidance != null;
    }

    /**
     * Sets the guidance of a request, if a scale was given.
     *
     * @throws IllegalArgumentException if there is an interval without a scale
     */
    public void addTo(ImageRequestBuilder request) {
        if (guidance != null || conditionGuidance != null) {
            request.guidance(this::over);
        } else if (interval != null) {
            throw new IllegalArgumentException(
                    "--guidance-interval is for the scale that stands beside it; add --guidance or --condition-guidance");
        }
    }

    /** Returns the guidance, the model's where no option was given. A scale for the class without an interval applies at all times. */
    public Guidance strength(SamplingDefaults model) {
        return over(model.guidance());
    }

    private Guidance over(Guidance model) {
        Guidance named = guidance == null ? model : model.withScale(guidance).within(0, 1);
        Guidance given = conditionGuidance == null ? named : named.withConditionScale(conditionGuidance);
        return interval == null ? given : given.within(interval[0], interval[1]);
    }

    /** Returns for example {@code guidance 1.5}. */
    public String describe(SamplingDefaults model) {
        Guidance strength = strength(model);
        boolean always = strength.low() == 0 && strength.high() == 1;
        return "guidance " + strength.scale()
                + (strength.conditionScale() == 1 ? "" : ", of conditions " + strength.conditionScale() + ",")
                + (always ? "" : " from " + strength.low() + " to " + strength.high());
    }
}
