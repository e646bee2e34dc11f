package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.cli.model.SamplerOptions;
import dev.mmgen.shapes.PannedScene;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.Scoreboard;
import dev.mmgen.shapes.evaluation.VideoReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes video}: the flicker of depth that is read frame by frame. */
@Command(
        name = "video",
        description = {
            "Measures the flicker of depth in films of test scenes, over which a window pans.",
            "The flicker is the change from frame to frame that is not in the scene. Frames are read with noise of their own, with"
                    + " one noise, and beginning from the frame before."
        },
        mixinStandardHelpOptions = true)
final class VideoCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(
            names = "--strengths",
            paramLabel = "STRENGTH",
            split = ",",
            defaultValue = "0.95,0.8,0.6,0.4",
            description = "The times at which frames begin from the one before, as 'understand --previous' takes them."
                    + " Default: 0.95,0.8,0.6,0.4.")
    private List<Double> strengths = List.of();

    @Option(
            names = "--scenes",
            paramLabel = "N",
            defaultValue = "40",
            description = "The number of test scenes. Default: 40.")
    private int scenes = 40;

    @Option(
            names = "--frames",
            paramLabel = "N",
            defaultValue = "12",
            description = "The number of frames of each. Default: 12.")
    private int frames = 12;

    @Option(
            names = "--pan",
            paramLabel = "PIXELS",
            defaultValue = "2",
            description = "The columns that the window moves from frame to frame. Default: 2.")
    private int step = 2;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "1", description = "The number of seeds. Default: 1.")
    private int seeds = 1;

    @Mixin
    private final EditionOption edition = new EditionOption();

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "Write the table into this folder too.")
    private @Nullable Path out;

    @Override
    public void run() {
        Processes.runInFirst(this::evaluate);
    }

    private void evaluate() {
        if (scenes < 1 || seeds < 1) {
            throw new IllegalArgumentException(scenes + " scenes and " + seeds + " seeds; both must be at least 1");
        }
        ReportFiles files = new ReportFiles(out);
        try (MmGen mmgen = model.open();
                StepProgress progress = new StepProgress("Reading")) {
            List<PannedScene> films = films(edition.of(mmgen), mmgen.resolution());
            VideoReader reader =
                    new VideoReader(mmgen, sampler.way(mmgen.config().reading()), progress);
            List<VideoReader.Relation> relations = new ArrayList<>();
            relations.add(new VideoReader.Relation.Independent());
            relations.add(new VideoReader.Relation.SameNoise());
            strengths.forEach(strength -> relations.add(new VideoReader.Relation.Previous(strength)));
            Scoreboard scoreboard = new Scoreboard(relations.stream()
                    .map(relation -> reader.measure(films, relation, seeds))
                    .toList());
            files.table("video", scoreboard.toMarkdown(), scoreboard.toCsv());
        }
    }

    private List<PannedScene> films(ShapesWorld world, int size) {
        return IntStream.range(0, scenes)
                .parallel()
                .mapToObj(i -> PannedScene.of(world.scene(Split.TEST.seed(i)), size, frames, step))
                .toList();
    }
}
