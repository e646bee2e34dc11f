package dev.mmgen.cli.prepare;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen prepare}: the commands that make the files that training reads. */
@Command(
        name = "prepare",
        description =
                "Makes the files that training reads from images: index, edges, latents, features and statistics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            IndexCommand.class,
            CannyCommand.class,
            LatentsCommand.class,
            FeaturesCommand.class,
            StatisticsCommand.class
        })
public final class PrepareCommand extends CommandGroup {}
