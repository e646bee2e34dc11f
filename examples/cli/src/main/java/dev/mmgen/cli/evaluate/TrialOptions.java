package dev.mmgen.cli.evaluate;

import dev.mmgen.shapes.evaluation.SamplingWay;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of the samplers to compare. */
final class TrialOptions {

    @Option(
            names = "--trials",
            paramLabel = "SAMPLER=STEPS[@SHIFT]",
            split = ",",
            description =
                    "The samplers and steps to compare, for example euler-maruyama=250,heun=10, and how far their times are moved"
                            + " towards noise: dpm-solver-sde=8@2.2. Default: euler-maruyama in 250"
                            + " steps, and the others in 1, 2, 5, 10, 20 and 50.")
    private @Nullable List<String> trials;

    List<SamplingWay> ways() {
        return trials == null
                ? SamplingWay.all()
                : trials.stream().map(SamplingWay::parse).toList();
    }
}
