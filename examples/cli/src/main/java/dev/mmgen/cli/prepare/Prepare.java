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
            PrepareIndex.class,
            PrepareCanny.class,
            PrepareLatents.class,
            PrepareFeatures.class,
            PrepareStatistics.class
        })
public final class Prepare extends CommandGroup {}
