package dev.mmgen.cli.console;

import dev.mmgen.train.StepReport;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** The progress bar of a training, with its rate, the time left and the loss; a message if no step is left. */
public final class TrainingProgress implements Consumer<StepReport>, AutoCloseable {

    private final @Nullable ProgressBar bar;

    /**
     * @param made the steps of earlier runs
     * @param all  the number of the last step
     */
    public TrainingProgress(long made, long all) {
        if (made < all) {
            bar = ProgressBars.of("Training", "steps")
                    .setInitialMax(all)
                    .startsFrom(made, Duration.ZERO)
                    .build();
        } else {
            bar = null;
            System.err.println("nothing is left to do: " + made + " steps are done, and " + all
                    + " were asked for; give a higher --steps to train further");
        }
    }

    @Override
    public void accept(StepReport step) {
        show(step.step(), step.loss().total());
    }

    /** Shows a step and its loss. */
    public void show(long step, double loss) {
        if (bar != null) {
            bar.stepTo(step);
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", loss));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
