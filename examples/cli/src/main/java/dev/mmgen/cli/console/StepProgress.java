package dev.mmgen.cli.console;

import dev.mmgen.sampling.SamplingStep;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;

/** Progress that follows a sampler. Batches after the first make it longer. */
public final class StepProgress implements Consumer<SamplingStep>, AutoCloseable {

    private final ProgressBar bar;

    public StepProgress(String task) {
        this.bar = ProgressBars.of(task, "steps").setInitialMax(-1).build();
    }

    @Override
    public void accept(SamplingStep step) {
        if (step.index() == 1) {
            bar.maxHint(bar.getCurrent() + step.total());
        }
        bar.step();
    }

    @Override
    public void close() {
        bar.close();
    }
}
