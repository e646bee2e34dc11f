package dev.mmgen.cli.console;

import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** The progress bar of a sampler. It grows by the steps of each call as that call begins. */
public final class StepProgress implements Consumer<SamplingStep>, AutoCloseable {

    private final @Nullable ProgressBar bar;

    /** Steps of the calls that have ended. */
    private long before;

    private StepProgress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    public StepProgress(String task) {
        this(ProgressBars.of(task, "steps").setInitialMax(-1).build());
    }

    /** Returns a progress that shows nothing in processes other than rank 0. */
    public static StepProgress of(String task, @Nullable ProcessGroup group) {
        return group == null || group.isFirst() ? new StepProgress(task) : silent();
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
        bar.maxHint(before + (long) step.batches() * step.total());
        bar.stepTo(before + (long) (step.batch() - 1) * step.total() + step.index());
        if (step.batch() == step.batches() && step.index() == step.total()) {
            before = bar.getCurrent();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
