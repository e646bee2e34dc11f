package dev.mmgen.examples.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mmgen evaluate shapes}: what a model is worth in the world of solids, where the truth is known. */
@Command(
        name = "shapes",
        description = "Measures a model on scenes that it was not trained on, against their exact truth.",
        mixinStandardHelpOptions = true,
        subcommands = {EvaluateUnderstanding.class, EvaluateSamplers.class, EvaluateGeneration.class, EvaluateConditions.class})
final class EvaluateShapes implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Override
    public void run() {
        CommandLine.usage(command.commandLine(), System.out);
    }
}
