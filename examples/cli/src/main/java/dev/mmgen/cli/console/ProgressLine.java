package dev.mmgen.cli.console;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/** Progress as a line of text for a log, empty if nothing was done since the last line. */
final class ProgressLine implements ProgressBarRenderer {

    private final String unit;
    private long shown;

    /**
     * @param unit what is counted, for example {@code steps}
     */
    ProgressLine(String unit) {
        this.unit = unit;
    }

    @Override
    public String render(ProgressState state, int maxLength) {
        long done = state.getCurrent();
        if (done <= Math.max(shown, state.getStart())) {
            return "";
        }
        shown = done;
        long now = done - state.getStart();
        Duration elapsed = state.getElapsedAfterStart();
        String more = state.getExtraMessage().isEmpty() ? "" : "," + state.getExtraMessage();
        return String.format(
                Locale.ROOT,
                "%s: %d of %d %s (%d %%) in %s, %.2f %s/s, %s left%s",
                state.getTaskName(),
                done,
                state.getMax(),
                unit,
                100 * done / state.getMax(),
                clock(elapsed),
                1000.0 * now / Math.max(1, elapsed.toMillis()),
                unit,
                clock(elapsed.multipliedBy(state.getMax() - done).dividedBy(now)),
                more);
    }

    private static String clock(Duration duration) {
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
    }
}
