package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen evaluate}: how good pictures and models are. */
@Command(
        name = "evaluate",
        description = "Measures pictures and models with the field's metrics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            EvaluateDepth.class,
            EvaluateNormals.class,
            EvaluateSegmentation.class,
            EvaluateFidelity.class,
            EvaluateAdm.class,
            EvaluateVae.class,
            EvaluateShapes.class
        })
public final class Evaluate extends CommandGroup {}
