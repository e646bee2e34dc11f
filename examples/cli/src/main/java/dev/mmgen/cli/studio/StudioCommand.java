package dev.mmgen.cli.studio;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.studio.Studio;
import dev.mmgen.studio.StudioOptions;
import java.awt.Desktop;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen studio}: a page in the browser to draw, read and change pictures. */
@Command(
        name = "studio",
        description = {
            "Serves a page in the browser to draw, read, condition, inpaint and turn scenes, and the HTTP API behind it.",
            "For this machine alone, unless --address says otherwise. It runs until Ctrl-C."
        },
        mixinStandardHelpOptions = true)
public final class StudioCommand implements Runnable {

    private static final int TOKEN_BYTES = 24;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(names = "--models", paramLabel = "FOLDER", description = "A folder of model folders to choose from.")
    private @Nullable Path models;

    @Option(
            names = "--open-models",
            paramLabel = "N",
            defaultValue = "2",
            description =
                    "How many models stay open, those used last; each takes the memory of its weights. Default: 2.")
    private int openModels = 2;

    @Option(
            names = "--pictures",
            paramLabel = "FOLDER",
            description =
                    "A folder of folders with pictures to teach from, as 'finetune --data' takes them; with --models,"
                            + " to which new models go.")
    private @Nullable Path pictures;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8188",
            description = "The port; 0 for any free one. Default: 8188.")
    private int port = 8188;

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            description =
                    "The address to listen on, such as 0.0.0.0 for all; others need the token then. Default: this machine's own.")
    private @Nullable InetAddress address;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "What every client must bring, 16 to 200 letters, digits, '-' and '_'; @FILE reads it from a file."
                            + " Default: none, or a random one with --address.")
    private @Nullable String token;

    @Option(names = "--no-open", description = "Do not open the page in the browser.")
    private boolean withoutBrowser;

    @Override
    public void run() {
        Processes.requireOne();
        requireFolder("--models", models);
        requireFolder("--pictures", pictures);
        StudioOptions options = StudioOptions.DEFAULT
                .withModel(model.location())
                .withOpening(model.opening())
                .withModels(models)
                .withPictures(pictures)
                .withOpenModels(openModels)
                .withPort(port)
                .withToken(token == null && address != null ? randomToken() : token);
        if (address != null) {
            options = options.withAddress(address);
        }
        Studio studio = Studio.start(options);
        Runtime.getRuntime().addShutdownHook(new Thread(studio::close, "studio-end"));
        System.out.println("The studio is at " + studio.page() + " and ends with Ctrl-C");
        if (!withoutBrowser) {
            browse(studio.page());
        }
        try {
            studio.await();
        } catch (InterruptedException _) {
            studio.close();
            Thread.currentThread().interrupt();
        }
    }

    private static void requireFolder(String option, @Nullable Path folder) {
        if (folder != null && !Files.isDirectory(folder)) {
            throw new IllegalArgumentException(option + " " + folder + " is no folder; make it, or name another");
        }
    }

    private static String randomToken() {
        byte[] bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Opens the page where there is a desktop; elsewhere its address has been printed. */
    private static void browse(URI page) {
        try {
            if (!GraphicsEnvironment.isHeadless()
                    && Desktop.isDesktopSupported()
                    && Desktop.getDesktop().isSupported(Desktop.Action.BROWSE)) {
                Desktop.getDesktop().browse(page);
            }
        } catch (IOException _) {
            // There is no browser to open it in.
        }
    }
}
