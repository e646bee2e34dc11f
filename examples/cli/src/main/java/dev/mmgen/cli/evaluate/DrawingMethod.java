package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.cli.model.SamplerOptions;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.shapes.evaluation.ModelDrawing;
import dev.mmgen.shapes.evaluation.SharedImages;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of drawing for an evaluation: sampler and guidance, by default those of the model, seed and batch. */
@Command(optionListHeading = "%nDrawing:%n")
final class DrawingMethod {

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed of the random numbers. Default: 0.")
    private long seed;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "Images drawn at once. Default: 32.")
    private int batch = 32;

    /**
     * Returns the drawing with a model.
     *
     * @param own     the model's defaults, for options that were not given
     * @param sharing the processes that draw together
     */
    ModelDrawing with(
            MmGen mmgen, SamplingDefaults own, SharedImages sharing, Consumer<? super SamplingStep> listener) {
        return new ModelDrawing(mmgen, sampler.way(own), guidance.strength(own), batch, sharing, listener);
    }

    /** Returns what counts where no option says otherwise: a student's sampling goes with nothing else. */
    SamplingDefaults own(MmGen mmgen) {
        return sampler.areGiven() || guidance.areGiven() ? mmgen.config().sampling() : mmgen.drawing();
    }

    long seed() {
        return seed;
    }

    /** Returns for example {@code Heun 12, guidance 1.5}. */
    String describe(SamplingDefaults own) {
        return sampler.way(own) + ", " + guidance.describe(own);
    }
}
