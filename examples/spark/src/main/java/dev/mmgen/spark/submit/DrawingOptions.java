package dev.mmgen.spark.submit;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.spark.RequestSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the requests of all rows, which travel to the executors. */
final class DrawingOptions implements RequestSettings {

    private static final long serialVersionUID = 1;

    @Option(names = "--batch", paramLabel = "N", description = "Rows drawn at once. Default: 4.")
    private int batch = 4;

    @Option(names = "--steps", paramLabel = "N", description = "Inference steps. Default: the model's.")
    private @Nullable Integer steps;

    @Option(
            names = "--shift",
            paramLabel = "X",
            description = "How far the times of the steps are moved towards noise. Default: the model's.")
    private @Nullable Double shift;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description =
                    "euler-maruyama, euler, heun, adams-bashforth, dpm-solver, dpm-solver-sde or ancestral. Default: the model's.")
    private @Nullable String sampler;

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            description = "Classifier-free guidance; 1 switches it off. Default: the model's.")
    private @Nullable Double guidance;

    @Override
    public ImageRequestBuilder addTo(ImageRequestBuilder request) {
        request.batch(batch);
        if (steps != null) {
            request.steps(steps);
        }
        if (shift != null) {
            request.shift(shift);
        }
        if (sampler != null) {
            request.sampler(Sampler.named(sampler));
        }
        if (guidance != null) {
            request.guidance(guidance);
        }
        return request;
    }
}
