package dev.mmgen.cli.prepare;

import dev.mmgen.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code mmgen prepare}: from images to the files that training reads. */
@Command(
        name = "prepare",
        description =
                "Makes the files that training reads, out of images: index, edges, latents, features, and statistics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            IndexCommand.class,
            CannyCommand.class,
            LatentsCommand.class,
            FeaturesCommand.class,
            StatisticsCommand.class
        })
public final class PrepareCommand extends CommandGroup {}
