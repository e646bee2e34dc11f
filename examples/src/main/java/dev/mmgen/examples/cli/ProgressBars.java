package dev.mmgen.examples.cli;

import java.io.Console;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How progress is shown on the error stream: by a bar in a terminal, by a line now and then in a log. */
final class ProgressBars {

    private static final int MILLIS_BETWEEN_LINES = 30_000;

    private ProgressBars() {}

    /**
     * Begins a bar.
     *
     * @param unit what is counted, for example {@code steps}
     */
    static ProgressBarBuilder of(String task, String unit) {
        ProgressBarBuilder bar = new ProgressBarBuilder().setTaskName(task);
        if (inTerminal()) {
            return bar.setStyle(ProgressBarStyle.ASCII).setUnit(" " + unit, 1).showSpeed();
        }
        return bar.setRenderer(new ProgressLine(unit))
                .setConsumer(new DelegatingProgressBarConsumer(ProgressBars::print, Integer.MAX_VALUE))
                .setUpdateIntervalMillis(MILLIS_BETWEEN_LINES);
    }

    /** Java tells it of input and output only; who sends these elsewhere keeps the errors of a long run too. */
    private static boolean inTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static void print(String line) {
        if (!line.isEmpty()) {
            System.err.println(line);
        }
    }
}
