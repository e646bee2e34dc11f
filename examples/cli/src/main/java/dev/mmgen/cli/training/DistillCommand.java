package dev.mmgen.cli.training;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen distill}: the trainings of students, which draw and read with fewer evaluations than their teacher. */
@Command(
        name = "distill",
        description =
                "Makes a model that takes fewer evaluations: its guidance at once, four steps in place of many, or photos"
                        + " read in one.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DistillGuidanceCommand.class,
            DistillFewStepsCommand.class,
            DistillFlowMapCommand.class,
            DistillReadingCommand.class
        })
public final class DistillCommand extends CommandGroup {}
