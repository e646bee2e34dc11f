package dev.mmgen.examples.cli;

import dev.mmgen.train.StepReport;
import java.time.Duration;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on the error stream with the rate, the time left and the loss. */
final class TrainingProgress implements Consumer<StepReport>, AutoCloseable {

    private final ProgressBar bar;

    TrainingProgress(long made, long all) {
        this.bar = new ProgressBarBuilder()
                .setTaskName("Training")
                .setStyle(ProgressBarStyle.ASCII)
                .setInitialMax(all)
                .startsFrom(made, Duration.ZERO)
                .setUnit(" steps", 1)
                .showSpeed()
                .build();
    }

    @Override
    public void accept(StepReport step) {
        show(step.step(), step.loss().total());
    }

    /** Moves to a step. */
    void show(long step, double loss) {
        bar.stepTo(step);
        bar.setExtraMessage(String.format(" loss %.4f", loss));
    }

    @Override
    public void close() {
        bar.close();
    }
}
