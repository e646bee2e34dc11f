package dev.mmgen.cli.training;

import dev.mmgen.train.PlanJson;
import dev.mmgen.train.TrainingPlan;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for a plan as JSON. Its text is read once, since it may come from a pipe, and laid over defaults as often as needed. */
public final class PlanFile {

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description =
                    "Settings as JSON; it names only what differs from the defaults. Other options come after it.")
    private @Nullable Path file;

    @Option(names = "--print-plan", description = "Print all settings with their meanings, for --plan, and end.")
    private boolean print;

    private @Nullable String text;

    /** Returns the defaults with the settings of the file in their place. */
    TrainingPlan over(TrainingPlan defaults) {
        if (file == null) {
            return defaults;
        }
        if (text == null) {
            text = PlanJson.text(file);
        }
        return PlanJson.parse(file.toString(), text, defaults);
    }

    /** Prints a plan if that is wanted, and tells whether it was: then nothing is to be trained. */
    boolean print(Supplier<TrainingPlan> plan) {
        if (print) {
            System.out.print(PlanJson.described(plan.get()));
        }
        return print;
    }
}
