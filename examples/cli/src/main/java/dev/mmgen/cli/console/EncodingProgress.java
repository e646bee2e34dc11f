package dev.mmgen.cli.console;

import dev.mmgen.train.prepare.Preparation;
import java.time.Duration;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** The progress bar of an encoding, with its rate and the time left. */
public final class EncodingProgress implements Consumer<Preparation.Progress>, AutoCloseable {

    private final String task;
    private @Nullable ProgressBar bar;

    public EncodingProgress(String task) {
        this.task = task;
    }

    @Override
    public void accept(Preparation.Progress progress) {
        if (bar == null) {
            bar = ProgressBars.of(task, "images")
                    .setInitialMax(progress.total())
                    .startsFrom(progress.done(), Duration.ZERO)
                    .build();
        }
        bar.stepTo(progress.done());
        if (progress.bad() > 0) {
            bar.setExtraMessage(" " + progress.bad() + " bad");
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
