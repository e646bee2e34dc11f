package dev.mmgen.cli.console;

import java.util.function.Supplier;
import java.util.logging.Logger;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of what a command tells besides its results: by default progress and the names of what it wrote. */
@Command(optionListHeading = "%nMessages:%n")
public final class Verbosity {

    @ArgGroup
    private final Level level = new Level();

    /** The log of the library, which warns on the error stream. Held here, or the log would forget its level. */
    private static final Logger LIBRARY = Logger.getLogger("dev.mmgen");

    /** One of the two, or none. */
    private static final class Level {

        private boolean quiet;

        @Option(
                names = {"-q", "--quiet"},
                description = "Print errors only, and what --json asks for.")
        private void quiet(boolean wanted) {
            quiet = wanted;
            if (wanted) {
                LIBRARY.setLevel(java.util.logging.Level.SEVERE);
            }
        }

        @Option(
                names = {"-v", "--verbose"},
                description = "Also print model, settings and times, and the stack of a failure.")
        private boolean verbose;
    }

    /** Begins a bar of steps, which quiet commands do not show. */
    public StepProgress steps(String task) {
        return level.quiet ? StepProgress.silent() : new StepProgress(task);
    }

    /** Begins a bar of things that are counted; null if quiet. */
    public @Nullable ProgressBar bar(String task, String unit, int all) {
        return level.quiet
                ? null
                : ProgressBars.of(task, unit).setInitialMax(all).build();
    }

    /** Prints a line about results, on the output stream; nothing if quiet. */
    public void say(Object line) {
        if (!level.quiet) {
            System.out.println(line);
        }
    }

    /** Prints a line beside the results, on the error stream; nothing if quiet. */
    public void note(String line) {
        if (!level.quiet) {
            System.err.println(line);
        }
    }

    /** Prints a line on the error stream if asked for details. */
    public void detail(Supplier<String> line) {
        if (level.verbose) {
            System.err.println(line.get());
        }
    }
}
