package dev.mmgen.cli.shapes;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.ProgressBars;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.SceneFolder;
import dev.mmgen.shapes.SceneSelection;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import java.nio.file.Path;
import java.util.Set;
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

    private static final int TIMES = 3;

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

    @Option(
            names = "--count",
            paramLabel = "N",
            required = true,
            description = "The number of scenes, or of those to choose among with --oftener.")
    private int count;

    @Option(
            names = "--first",
            paramLabel = "K",
            defaultValue = "0",
            description = "The first scene's number. Default: 0.")
    private long first;

    @Option(
            names = "--oftener",
            paramLabel = "CATEGORY",
            split = ",",
            description =
                    "Categories to render oftener, such as mug,stairs: all of their scenes among the N, and of the other categories only every T-th. Default: all alike.")
    private Set<Category> oftener = Set.of();

    @Option(names = "--times", paramLabel = "T", description = "How many times as often, with --oftener. Default: 3.")
    private @Nullable Integer times;

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
        try {
            long[] scenes = selection().of(edition, split, first, count);
            SceneFolder folder = SceneFolder.of(out, edition, split).withInstances(instances);
            SceneFolder sized = size == null ? folder : folder.withSize(size);
            try (ProgressBar bar = ProgressBars.of("Rendering", "scenes")
                    .setInitialMax(scenes.length)
                    .build()) {
                System.out.println(sized.write(scenes, workers, bar::step));
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private SceneSelection selection() {
        if (!oftener.isEmpty()) {
            return new SceneSelection(oftener, times == null ? TIMES : times);
        }
        if (times != null) {
            throw new IllegalArgumentException("--times " + times + " is for --oftener; name the categories there");
        }
        return SceneSelection.all();
    }
}
