package dev.mmgen.examples.cli;

import dev.mmgen.MmGen;
import dev.mmgen.examples.shapes.evaluation.ModelDrawing;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingStep;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How images are drawn that are evaluated. */
final class DrawingMethod {

    @Option(names = "--sampler", paramLabel = "NAME", defaultValue = "heun",
            description = "euler-maruyama, euler, heun or adams-bashforth. Default: heun.")
    private String sampler = "heun";

    @Option(names = "--steps", paramLabel = "N", defaultValue = "15", description = "Steps of the sampler. Default: 15.")
    private int steps = 15;

    @Option(names = "--guidance", paramLabel = "SCALE", defaultValue = "1.5",
            description = "How strongly the class is followed; 1 is none. Default: 1.5.")
    private double guidance = 1.5;

    @Option(names = "--guidance-interval", paramLabel = "TIME", arity = "2",
            description = "The lowest and highest time with guidance, from 0 (data) to 1 (noise). Default: 0 1.")
    private double @Nullable [] interval;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Where random numbers start. Default: 0.")
    private long seed;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "32", description = "Images drawn at once. Default: 32.")
    private int batch = 32;

    /** Returns how to draw with a model. */
    ModelDrawing with(MmGen mmgen, Consumer<? super SamplingStep> listener) {
        Guidance strength = Guidance.of(guidance);
        return new ModelDrawing(mmgen, Sampler.named(sampler), steps,
                interval == null ? strength : strength.within(interval[0], interval[1]), batch, listener);
    }

    long seed() {
        return seed;
    }

    /** Returns for example {@code heun, 15 steps, guidance 1.5}. */
    @Override
    public String toString() {
        return sampler + ", " + steps + " steps, guidance " + guidance
                + (interval == null ? "" : " from " + interval[0] + " to " + interval[1]);
    }
}
