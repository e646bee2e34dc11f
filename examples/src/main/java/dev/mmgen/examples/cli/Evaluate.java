package dev.mmgen.examples.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mmgen evaluate}: how good pictures and models are. */
@Command(
        name = "evaluate",
        description = "Measures pictures and models with the field's metrics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            EvaluateDepth.class, EvaluateNormals.class, EvaluateSegmentation.class, EvaluateVae.class,
            EvaluateShapes.class
        })
final class Evaluate implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Override
    public void run() {
        CommandLine.usage(command.commandLine(), System.out);
    }
}
