package dev.mmgen.cli.console;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** The progress bars of the error stream: a bar in a terminal, a line every 30 seconds in a log. */
public final class ProgressBars {

    private static final int MILLIS_BETWEEN_LINES = 30_000;

    /** The link by which Linux names the error stream's file. */
    private static final Path ERROR_STREAM = Path.of("/proc/self/fd/2");

    private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/.+|tty.*|console)");

    private ProgressBars() {}

    /**
     * Begins a bar.
     *
     * @param unit what is counted, for example {@code steps}
     */
    public static ProgressBarBuilder of(String task, String unit) {
        ProgressBarBuilder bar = new ProgressBarBuilder().setTaskName(task);
        if (inTerminal()) {
            return bar.setStyle(ProgressBarStyle.ASCII).setUnit(" " + unit, 1).showSpeed();
        }
        return bar.setRenderer(new ProgressLine(unit))
                .setConsumer(new DelegatingProgressBarConsumer(ProgressBars::print, Integer.MAX_VALUE))
                .setUpdateIntervalMillis(MILLIS_BETWEEN_LINES);
    }

    /** Java's console knows about input and output only, so Linux is asked about the error stream. */
    private static boolean inTerminal() {
        try {
            return isTerminal(Files.readSymbolicLink(ERROR_STREAM).toString());
        } catch (IOException e) {
            Console console = System.console();
            return console != null && console.isTerminal();
        }
    }

    /** Returns true for the name of a terminal; false for that of a pipe, a file or a null device. */
    public static boolean isTerminal(String stream) {
        return TERMINAL.matcher(stream).matches();
    }

    private static void print(String line) {
        if (!line.isEmpty()) {
            System.err.println(line);
        }
    }
}
