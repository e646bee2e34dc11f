package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.GenerationScore;
import dev.mmgen.shapes.evaluation.ModelDrawing;
import dev.mmgen.shapes.evaluation.SamplerComparison;
import dev.mmgen.shapes.evaluation.SamplingWay;
import dev.mmgen.shapes.evaluation.ScenePictures;
import dev.mmgen.shapes.evaluation.Scoreboard;
import dev.mmgen.shapes.evaluation.ShapesJudge;
import dev.mmgen.shapes.evaluation.SharedImages;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes drawing-samplers}: the comparison of samplers and steps for drawing. */
@Command(
        name = "drawing-samplers",
        description =
                "Draws images of all categories with several samplers and numbers of steps, and compares time and quality.",
        mixinStandardHelpOptions = true)
final class DrawingSamplersCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final TrialOptions trials = new TrialOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Option(names = "--judge", paramLabel = "FILE", required = true, description = "As 'shapes train-judge' writes it.")
    @SuppressWarnings("NullAway.Init")
    private Path judgeFile;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "200",
            description = "The number of images, and of validation scenes to compare with. Default: 200.")
    private int count = 200;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "Images drawn at once. Default: 32.")
    private int batch = 32;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the table and a plot.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        List<SamplingWay> ways = trials.ways();
        ReportFiles files = ReportFiles.of(out, group);
        try (MmGen mmgen = model.open();
                ShapesJudge judge = ShapesJudge.open(judgeFile);
                StepProgress progress = StepProgress.of("Drawing", group)) {
            List<Category> categories = judge.edition().categoriesInTurn(count);
            GenerationScore score = new GenerationScore(
                    judge, new ScenePictures(judge.edition(), Split.VALIDATION, mmgen.resolution()).render(0, count));
            List<SamplerComparison.Result> results = new ArrayList<>();
            for (SamplingWay way : ways) {
                Guidance strength = guidance.strength(own(mmgen, way));
                long began = System.nanoTime();
                var images = new ModelDrawing(mmgen, way, strength, batch, new SharedImages(group), progress)
                        .draw(categories, 0);
                double seconds = (System.nanoTime() - began) / 1e9;
                results.add(new SamplerComparison.Result(
                        way,
                        way.evaluations(strength),
                        seconds,
                        new Scoreboard.Contestant(way.toString(), List.of(score.score(images, categories)))));
            }
            SamplerComparison comparison = new SamplerComparison(SamplerComparison.Job.DRAWING, results);
            boolean byStudent = ways.stream().anyMatch(way -> isStudents(mmgen, way));
            files.say(count + " images, " + guidance.describe(mmgen.config().sampling())
                    + (byStudent ? "; the student's steps with " + guidance.describe(mmgen.drawing()) : ""));
            files.comparison("drawing-samplers", comparison);
        }
    }

    /** Returns the defaults that a way goes with: the student's, if it is the student's own. */
    private static SamplingDefaults own(MmGen mmgen, SamplingWay way) {
        return isStudents(mmgen, way) ? mmgen.drawing() : mmgen.config().sampling();
    }

    /** Asks for the student last, which lays it over the model. */
    private static boolean isStudents(MmGen mmgen, SamplingWay way) {
        return way.equals(SamplingWay.of(mmgen.drawing())) && mmgen.student().isPresent();
    }
}
