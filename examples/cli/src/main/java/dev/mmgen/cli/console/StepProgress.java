package dev.mmgen.cli.console;

import dev.mmgen.sampling.SamplingStep;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;

/** The progress bar of a sampler. It grows by the steps of each batch as that batch begins. */
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
