package dev.mmgen.spark.submit;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The program that {@code spark-submit} starts: {@code understand} reads photos, {@code generate} draws images. It ends with 1 for a
 * failure and 2 for wrong usage, as the {@code mmgen} command does.
 */
@Command(
        name = "mmgen-spark",
        description = "Reads photos and draws images on a cluster of Apache Spark; results are Parquet files.",
        mixinStandardHelpOptions = true,
        subcommands = {UnderstandCommand.class, GenerateCommand.class})
public final class Main {

    private Main() {}

    /** Runs a command. */
    public static void main(String[] arguments) {
        int code = execute(arguments);
        // Where Spark started this inside a process of its own, ending that would count as a failure.
        if (code != 0) {
            System.exit(code);
        }
    }

    static int execute(String... arguments) {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, _) -> {
                    command.getErr().println("mmgen-spark: " + failure.getMessage());
                    return 1;
                })
                .execute(arguments);
    }
}
