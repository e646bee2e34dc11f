package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.cli.model.SamplerOptions;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.EnsembleReader;
import dev.mmgen.shapes.evaluation.SamplingWay;
import dev.mmgen.shapes.evaluation.ScenePictures;
import dev.mmgen.shapes.evaluation.Scoreboard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes ensembles}: the errors of merged readings by their number. */
@Command(
        name = "ensembles",
        description =
                "Merges several readings of each test scene, and compares the errors by the number of readings, and"
                        + " the uncertainty with the errors.",
        mixinStandardHelpOptions = true)
final class EnsemblesCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(
            names = "--readings",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2,5,10",
            description = "The numbers of readings to compare. Default: 1,2,5,10.")
    private List<Integer> readings = List.of();

    @Option(
            names = "--scenes",
            paramLabel = "N",
            defaultValue = "100",
            description = "The number of test scenes. Default: 100.")
    private int scenes = 100;

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
        ReportFiles files = new ReportFiles(out);
        try (MmGen mmgen = model.open();
                StepProgress progress = new StepProgress("Reading")) {
            SamplingWay way = noisy(sampler.way(mmgen.config().reading()));
            List<Rendering> test =
                    new ScenePictures(edition.of(mmgen), Split.TEST, mmgen.resolution()).render(0, scenes);
            List<Scoreboard.Contestant> contestants = new ArrayList<>();
            for (int number : readings) {
                contestants.add(new EnsembleReader(mmgen, number, way, progress).measure(test, seeds));
            }
            Scoreboard scoreboard = new Scoreboard(contestants);
            files.table("ensembles", scoreboard.toMarkdown(), scoreboard.toCsv());
        }
    }

    /** Readings of a model that reads without noise differ from the second step on. */
    private static SamplingWay noisy(SamplingWay way) {
        return way.sampler().readsWithoutNoise() ? way.withSteps(Math.max(2, way.steps())) : way;
    }
}
