package dev.mmgen.cli.console;

import dev.mmgen.sampling.SamplingStep;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** The progress bar of a sampler. It grows by the steps of each batch as that batch begins. */
public final class StepProgress implements Consumer<SamplingStep>, AutoCloseable {

    private final @Nullable ProgressBar bar;

    private StepProgress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    public StepProgress(String task) {
        this(ProgressBars.of(task, "steps").setInitialMax(-1).build());
    }

    /** Returns a progress that shows nothing. */
    static StepProgress silent() {
        return new StepProgress((ProgressBar) null);
    }

    @Override
    public void accept(SamplingStep step) {
        if (bar == null) {
            return;
        }
        if (step.index() == 1) {
            bar.maxHint(bar.getCurrent() + step.total());
        }
        bar.step();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
