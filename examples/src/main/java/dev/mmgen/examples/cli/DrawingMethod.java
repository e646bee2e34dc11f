package dev.mmgen.examples.cli;

import dev.mmgen.MmGen;
import dev.mmgen.examples.shapes.evaluation.ModelDrawing;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.SamplingStep;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How images are drawn that are evaluated: as a model's folder says, unless options say otherwise. */
final class DrawingMethod {

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Option(names = "--guidance", paramLabel = "SCALE",
            description = "How strongly the class is followed; 1 is none. Default: the model's.")
    private @Nullable Double guidance;

    @Option(names = "--guidance-interval", paramLabel = "TIME", arity = "2",
            description = "The lowest and highest time with guidance, from 0 (data) to 1 (noise). Default: 0 1.")
    private double @Nullable [] interval;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Where random numbers start. Default: 0.")
    private long seed;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "32", description = "Images drawn at once. Default: 32.")
    private int batch = 32;

    /**
     * Returns how to draw with a model.
     *
     * @param own what stands in for options that were not given
     */
    ModelDrawing with(MmGen mmgen, SamplingDefaults own, Consumer<? super SamplingStep> listener) {
        return new ModelDrawing(mmgen, sampler.way(own), strength(own), batch, listener);
    }

    private Guidance strength(SamplingDefaults own) {
        Guidance strength = Guidance.of(guidance == null ? own.guidance() : guidance);
        return interval == null ? strength : strength.within(interval[0], interval[1]);
    }

    long seed() {
        return seed;
    }

    /** Returns for example {@code Heun 12, guidance 1.5}. */
    String describe(SamplingDefaults own) {
        Guidance strength = strength(own);
        return sampler.way(own) + ", guidance " + strength.scale()
                + (interval == null ? "" : " from " + strength.low() + " to " + strength.high());
    }
}
