package dev.mmgen.examples.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mmgen shapes}: the procedural world. */
@Command(
        name = "shapes",
        description = "A small world of solids with exact depth, normals and segments, to train on and to judge by.",
        mixinStandardHelpOptions = true,
        subcommands = {ShapesRender.class, ShapesTrainJudge.class})
final class Shapes implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Override
    public void run() {
        CommandLine.usage(command.commandLine(), System.out);
    }
}
