package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.ModelReader;
import dev.mmgen.shapes.evaluation.SamplerComparison;
import dev.mmgen.shapes.evaluation.SamplingWay;
import dev.mmgen.shapes.evaluation.ScenePictures;
import dev.mmgen.shapes.evaluation.Scoreboard;
import dev.mmgen.shapes.evaluation.SharedImages;
import dev.mmgen.shapes.evaluation.Understanding;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes samplers}: the comparison of samplers and steps for reading photos. */
@Command(
        name = "samplers",
        description =
                "Reads photos of scenes with several samplers and numbers of steps, and compares time and quality.",
        mixinStandardHelpOptions = true)
final class ReadingSamplersCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final TrialOptions trials = new TrialOptions();

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            defaultValue = "validation",
            description =
                    "The split of the scenes; a choice that was made on one should be evaluated on another. Default: validation.")
    private Split split = Split.VALIDATION;

    @Option(
            names = "--scenes",
            paramLabel = "N",
            defaultValue = "100",
            description = "The number of scenes. Default: 100.")
    private int scenes = 100;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "1",
            description = "The number of readings of each, from different seeds. Default: 1.")
    private int seeds = 1;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the table and a plot.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Mixin
    private final EditionOption edition = new EditionOption();

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        List<SamplingWay> ways = trials.ways();
        ReportFiles files = ReportFiles.of(out, group);
        try (MmGen mmgen = model.open();
                StepProgress progress = StepProgress.of("Reading", group)) {
            List<Rendering> shown = new ScenePictures(edition.of(mmgen), split, mmgen.resolution()).render(0, scenes);
            Understanding understanding = new Understanding(shown, seeds);
            List<SamplerComparison.Result> results = new ArrayList<>();
            for (SamplingWay way : ways) {
                long began = System.nanoTime();
                Scoreboard.Contestant figures = understanding.measure(
                        way.toString(), ModelReader.of(mmgen, way, progress).sharing(new SharedImages(group)));
                double seconds = (System.nanoTime() - began) / 1e9 / seeds;
                results.add(new SamplerComparison.Result(way, way.evaluations(Guidance.NONE), seconds, figures));
            }
            SamplerComparison comparison = new SamplerComparison(SamplerComparison.Job.READING, results);
            files.comparison("samplers", comparison);
        }
    }
}
