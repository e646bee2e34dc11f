package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.ConditionScore;
import dev.mmgen.shapes.evaluation.ModelDrawing;
import dev.mmgen.shapes.evaluation.ScenePictures;
import dev.mmgen.shapes.evaluation.Scoreboard;
import dev.mmgen.shapes.evaluation.ScoreboardPlot;
import dev.mmgen.shapes.evaluation.ShapesJudge;
import dev.mmgen.shapes.evaluation.SharedImages;
import dev.mmgen.shapes.evaluation.TrueScenes;
import dev.mmgen.shapes.evaluation.VaeReconstruction;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes conditions}: the agreement of drawn photos with the depth, normals or segmentation given. */
@Command(
        name = "conditions",
        description =
                "Draws photos from the true depth, normals or segmentation of test scenes, and measures these back from the photos.",
        mixinStandardHelpOptions = true)
final class ConditionsCommand implements Runnable {

    private static final int ON_SHEET = 6;
    private static final String TRUE_PHOTOS = "true photos";

    /** The figure that measures the agreement with a condition. */
    private static final Map<Modality, String> FIGURES = figures();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingMethod method = new DrawingMethod();

    @Option(names = "--judge", paramLabel = "FILE", required = true, description = "As 'shapes train-judge' writes it.")
    @SuppressWarnings("NullAway.Init")
    private Path judgeFile;

    @Option(
            names = "--scenes",
            paramLabel = "N",
            defaultValue = "200",
            description = "The number of test scenes. Default: 200.")
    private int scenes = 200;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "4",
            description = "The number of photos for each condition, from different seeds. Default: 4.")
    private int draws = 4;

    @Option(names = "--told", description = "Give the model the scene's category too. Default: no category.")
    private boolean told;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the table, a plot and sheets.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    private static Map<Modality, String> figures() {
        Map<Modality, String> figures = new LinkedHashMap<>();
        figures.put(Modality.DEPTH, "depth AbsRel");
        figures.put(Modality.NORMAL, "normal mean");
        figures.put(Modality.SEGMENTATION, "segmentation mIoU");
        return figures;
    }

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        ReportFiles files = ReportFiles.of(out, group);
        try (MmGen mmgen = model.open();
                ShapesJudge judge = ShapesJudge.open(judgeFile);
                StepProgress progress = StepProgress.of("Drawing", group)) {
            SamplingDefaults own = method.own(mmgen);
            List<Rendering> test = new ScenePictures(judge.edition(), Split.TEST, mmgen.resolution()).render(0, scenes);
            ConditionScore score = new ConditionScore(judge, test);
            List<Scoreboard.Contestant> contestants = new ArrayList<>(List.of(
                    contestant(TRUE_PHOTOS, score, List.of(new TrueScenes(test).photos())),
                    contestant(
                            "VAE reconstruction of true photos",
                            score,
                            List.of(photos(new VaeReconstruction(mmgen.autoencoder())
                                    .pictures(test, List.of(Modality.RGB)))))));
            ModelDrawing drawing = method.with(mmgen, own, new SharedImages(group), progress);
            for (Modality given : FIGURES.keySet()) {
                List<List<RgbImage>> drawn = IntStream.range(0, draws)
                        .mapToObj(draw -> photos(drawing.draw(test, given, told, method.seed() + draw)))
                        .toList();
                contestants.add(contestant("photos from " + given, score, drawn));
                files.sheet("conditions-" + given, rows(test, given, drawn));
            }
            Scoreboard scoreboard = new Scoreboard(contestants);
            files.say("MMGen: " + draws + " photos to each of " + scenes + " scenes, category "
                    + (told ? "given, " : "not given, ") + method.describe(own));
            files.table("conditions", scoreboard.toMarkdown(), scoreboard.toCsv());
            files.picture(
                    "conditions-figures", ScoreboardPlot.ofReading(scoreboard).draw());
            contestants.subList(2, contestants.size()).forEach(drawn -> tell(files, contestants.getFirst(), drawn));
        }
    }

    private static Scoreboard.Contestant contestant(String name, ConditionScore score, List<List<RgbImage>> drawn) {
        return new Scoreboard.Contestant(name, List.of(score.score(drawn)));
    }

    private static List<RgbImage> photos(List<MultiModalImage> images) {
        return images.stream().map(MultiModalImage::rgb).toList();
    }

    /** Returns a row for each scene: the condition, then the photos. */
    private static List<List<RgbImage>> rows(List<Rendering> test, Modality given, List<List<RgbImage>> drawn) {
        List<List<RgbImage>> rows = new ArrayList<>();
        for (int scene = 0; scene < Math.min(ON_SHEET, test.size()); scene++) {
            List<RgbImage> row = new ArrayList<>(List.of(ScenePictures.of(test.get(scene), given)));
            for (List<RgbImage> draw : drawn) {
                row.add(draw.get(scene));
            }
            rows.add(row);
        }
        return rows;
    }

    /** Prints the agreement with the condition in a line. */
    private static void tell(ReportFiles files, Scoreboard.Contestant truth, Scoreboard.Contestant drawn) {
        FIGURES.forEach((given, figure) -> {
            if (drawn.name().endsWith(given.name())) {
                files.say(String.format(
                        Locale.ROOT,
                        "%s: %s %.4f measured back, %.4f on true photos",
                        drawn.name(),
                        figure,
                        drawn.mean(figure),
                        truth.mean(figure)));
            }
        });
    }
}
