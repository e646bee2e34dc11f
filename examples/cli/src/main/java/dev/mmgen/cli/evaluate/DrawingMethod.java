package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.cli.model.SamplerOptions;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.shapes.evaluation.ModelDrawing;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How images are drawn that are evaluated: as a model's folder says, unless options say otherwise. */
final class DrawingMethod {

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Where random numbers start. Default: 0.")
    private long seed;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "Images drawn at once. Default: 32.")
    private int batch = 32;

    /**
     * Returns how to draw with a model.
     *
     * @param own what stands in for options that were not given
     */
    ModelDrawing with(MmGen mmgen, SamplingDefaults own, Consumer<? super SamplingStep> listener) {
        return new ModelDrawing(mmgen, sampler.way(own), guidance.strength(own), batch, listener);
    }

    long seed() {
        return seed;
    }

    /** Returns for example {@code Heun 12, guidance 1.5}. */
    String describe(SamplingDefaults own) {
        return sampler.way(own) + ", " + guidance.describe(own);
    }
}
