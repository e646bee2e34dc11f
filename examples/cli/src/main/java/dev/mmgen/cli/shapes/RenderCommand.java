package dev.mmgen.cli.shapes;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.ProgressBars;
import dev.mmgen.shapes.SceneFolder;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import java.nio.file.Path;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mmgen shapes render}: the rendering of scenes to folders of pictures. */
@Command(
        name = "render",
        description =
                "Renders scenes: photos, depth, normals, masks and the index. If interrupted, run it again to continue.",
        mixinStandardHelpOptions = true)
final class RenderCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            defaultValue = "train",
            description = "train, validation or test; no scene is in two of them. Default: train.")
    private Split split = Split.TRAIN;

    @Option(
            names = "--edition",
            paramLabel = "EDITION",
            defaultValue = "second",
            description =
                    "The edition of the world: first (10 categories) or second (16). Default: second, the world of the model in the box.")
    private ShapesWorld edition = ShapesWorld.SECOND;

    @Option(names = "--count", paramLabel = "N", required = true, description = "The number of scenes.")
    private int count;

    @Option(
            names = "--first",
            paramLabel = "K",
            defaultValue = "0",
            description = "The first scene's number. Default: 0.")
    private long first;

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "Width and height. Default: 64 in the first edition, 128 in the second.")
    private @Nullable Integer size;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the pictures' folders.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(names = "--instances", description = "Also write masks with one colour per object.")
    private boolean instances;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Scenes at once. Default: one per processor that the JVM may use.")
    private @Nullable Integer threads;

    @Override
    public void run() {
        Processes.requireOne();
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        try (ProgressBar bar = ProgressBars.of("Rendering", "scenes")
                .setInitialMax(Math.max(count, 0))
                .build()) {
            SceneFolder folder = SceneFolder.of(out, edition, split).withInstances(instances);
            SceneFolder sized = size == null ? folder : folder.withSize(size);
            System.out.println(sized.write(first, count, workers, bar::step));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
