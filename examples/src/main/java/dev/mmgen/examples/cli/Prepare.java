package dev.mmgen.examples.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mmgen prepare}: from images to the files that training reads. */
@Command(
        name = "prepare",
        description = "Makes the files that training reads, out of images: index, edges, latents, features, and statistics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            PrepareIndex.class, PrepareCanny.class, PrepareLatents.class, PrepareFeatures.class, PrepareStatistics.class
        })
final class Prepare implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Override
    public void run() {
        CommandLine.usage(command.commandLine(), System.out);
    }
}
