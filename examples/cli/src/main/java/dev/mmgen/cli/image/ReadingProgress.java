package dev.mmgen.cli.image;

import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.console.Verbosity;
import dev.mmgen.sampling.SamplingStep;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** The progress of a single image by its steps, of many by images. */
record ReadingProgress(
        @Nullable StepProgress steps, @Nullable ProgressBar images) implements AutoCloseable {

    static ReadingProgress of(Verbosity verbosity, int jobs) {
        return jobs == 1
                ? new ReadingProgress(verbosity.steps("Reading"), null)
                : new ReadingProgress(null, verbosity.bar("Reading", "images", jobs));
    }

    void step(SamplingStep step) {
        if (steps != null) {
            steps.accept(step);
        }
    }

    void image() {
        if (images != null) {
            images.step();
        }
    }

    @Override
    public void close() {
        if (steps != null) {
            steps.close();
        }
        if (images != null) {
            images.close();
        }
    }
}
