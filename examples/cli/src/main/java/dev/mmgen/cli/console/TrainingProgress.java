package dev.mmgen.cli.console;

import dev.mmgen.train.StepReport;
import java.time.Duration;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** Progress with the rate, the time left and the loss; it says so if no step is left. */
public final class TrainingProgress implements Consumer<StepReport>, AutoCloseable {

    private final @Nullable ProgressBar bar;

    /**
     * @param made steps of earlier runs
     * @param all  the last step
     */
    public TrainingProgress(long made, long all) {
        if (made < all) {
            bar = ProgressBars.of("Training", "steps")
                    .setInitialMax(all)
                    .startsFrom(made, Duration.ZERO)
                    .build();
        } else {
            bar = null;
            System.err.println("nothing is left to do: " + made + " steps are made, and " + all
                    + " were to be; more --steps go on");
        }
    }

    @Override
    public void accept(StepReport step) {
        show(step.step(), step.loss().total());
    }

    /** Moves to a step. */
    public void show(long step, double loss) {
        if (bar != null) {
            bar.stepTo(step);
            bar.setExtraMessage(String.format(" loss %.4f", loss));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
