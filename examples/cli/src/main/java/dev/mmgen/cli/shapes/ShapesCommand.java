package dev.mmgen.cli.shapes;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen shapes}: the commands of the world of shapes. */
@Command(
        name = "shapes",
        description = "A small world of solids with exact depth, normals and segments, to train on and to judge by.",
        mixinStandardHelpOptions = true,
        subcommands = {RenderCommand.class, TrainJudgeCommand.class})
public final class ShapesCommand extends CommandGroup {}
