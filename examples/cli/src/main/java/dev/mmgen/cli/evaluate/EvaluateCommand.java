package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen evaluate}: the commands that measure pictures and models. */
@Command(
        name = "evaluate",
        description = "Measures pictures and models with the field's metrics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DepthCommand.class,
            NormalsCommand.class,
            SegmentationCommand.class,
            FidelityCommand.class,
            AdmCommand.class,
            VaeCommand.class,
            EvaluateCommand.Shapes.class
        })
public final class EvaluateCommand extends CommandGroup {

    /** {@code mmgen evaluate shapes}: the commands that measure a model in the world of shapes, where the truth is known. */
    @Command(
            name = "shapes",
            description = "Measures a model on scenes that it was not trained on, against their exact truth.",
            mixinStandardHelpOptions = true,
            subcommands = {
                UnderstandingCommand.class,
                EnsemblesCommand.class,
                VideoCommand.class,
                ReadingSamplersCommand.class,
                GenerationCommand.class,
                DrawingSamplersCommand.class,
                ConditionsCommand.class
            })
    static final class Shapes extends CommandGroup {}
}
