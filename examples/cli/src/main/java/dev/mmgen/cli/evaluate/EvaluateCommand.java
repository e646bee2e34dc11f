package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen evaluate}: how good pictures and models are. */
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
            EvaluateShapesCommand.class
        })
public final class EvaluateCommand extends CommandGroup {}
