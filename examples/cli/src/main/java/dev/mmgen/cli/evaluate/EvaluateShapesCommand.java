package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen evaluate shapes}: what a model is worth in the world of solids, where the truth is known. */
@Command(
        name = "shapes",
        description = "Measures a model on scenes that it was not trained on, against their exact truth.",
        mixinStandardHelpOptions = true,
        subcommands = {
            UnderstandingCommand.class,
            ReadingSamplersCommand.class,
            GenerationCommand.class,
            DrawingSamplersCommand.class,
            ConditionsCommand.class
        })
final class EvaluateShapesCommand extends CommandGroup {}
