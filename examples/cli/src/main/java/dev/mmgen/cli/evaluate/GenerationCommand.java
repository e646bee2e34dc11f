package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.GenerationScore;
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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes generation}: the quality of the images that a model draws of categories. */
@Command(
        name = "generation",
        description =
                "Draws images of all categories and measures whether they show their category, the distance of their photos"
                        + " from those of test scenes, and the agreement of the modalities of an image.",
        mixinStandardHelpOptions = true)
final class GenerationCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingMethod method = new DrawingMethod();

    @Option(names = "--judge", paramLabel = "FILE", required = true, description = "As 'shapes train-judge' writes it.")
    @SuppressWarnings("NullAway.Init")
    private Path judgeFile;

    @Option(names = "--single", paramLabel = "FOLDER", description = "A model of photos alone, to compare with.")
    private @Nullable Path single;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "1000",
            description = "The number of images, and of true scenes to compare with. Default: 1000.")
    private int count = 1000;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the table, a plot and a sheet.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        ReportFiles files = ReportFiles.of(out, group);
        try (MmGen mmgen = model.open();
                ShapesJudge judge = ShapesJudge.open(judgeFile);
                StepProgress progress = StepProgress.of("Drawing", group)) {
            List<Category> categories = judge.edition().categoriesInTurn(count);
            SamplingDefaults own = method.own(mmgen);
            SharedImages sharing = new SharedImages(group);
            TrueScenes test = scenes(new ScenePictures(judge.edition(), Split.TEST, mmgen.resolution()));
            GenerationScore score = new GenerationScore(judge, test.scenes());
            List<MultiModalImage> images =
                    method.with(mmgen, own, sharing, progress).draw(categories, method.seed());
            List<Scoreboard.Contestant> contestants = new ArrayList<>(bounds(score, test, mmgen));
            if (single != null) {
                contestants.add(contestant(
                        "specialist", score, specialist(single, categories, own, sharing, progress), categories));
            }
            contestants.add(contestant("MMGen", score, images, categories));
            Scoreboard scoreboard = new Scoreboard(contestants);
            files.say("MMGen: " + count + " images, " + method.describe(own));
            files.table("generation", scoreboard.toMarkdown(), scoreboard.toCsv());
            files.picture(
                    "generation-figures", ScoreboardPlot.ofDrawing(scoreboard).draw());
            files.sheet(
                    "generation",
                    rows(images.subList(0, Math.min(judge.edition().categories().size(), count)), mmgen));
        }
    }

    private TrueScenes scenes(ScenePictures pictures) {
        return new TrueScenes(pictures.render(0, count));
    }

    /** Returns the bounds of a model's figures: a mean picture, true scenes, and the autoencoder alone. */
    private List<Scoreboard.Contestant> bounds(GenerationScore score, TrueScenes test, MmGen mmgen) {
        TrueScenes training =
                scenes(new ScenePictures(test.scenes().getFirst().scene().edition(), Split.TRAIN, mmgen.resolution()));
        MultiModalImage mean = new MultiModalImage(Map.of(Modality.RGB, training.meanPhoto()));
        List<MultiModalImage> passed = new VaeReconstruction(mmgen.autoencoder())
                .pictures(test.scenes(), ModalitySet.standard().list());
        return List.of(
                contestant("mean training image", score, Collections.nCopies(count, mean), test.categories()),
                contestant("training scenes", score, training.images(), training.categories()),
                contestant("VAE reconstruction of the truth", score, passed, test.categories()));
    }

    private static Scoreboard.Contestant contestant(
            String name, GenerationScore score, List<MultiModalImage> images, List<Category> categories) {
        return new Scoreboard.Contestant(name, List.of(score.score(images, categories)));
    }

    /** Returns the images that the specialist draws with the same options. */
    private List<MultiModalImage> specialist(
            Path folder, List<Category> categories, SamplingDefaults own, SharedImages sharing, StepProgress progress) {
        try (MmGen mmgen = MmGen.open(folder)) {
            return method.with(mmgen, own, sharing, progress).draw(categories, method.seed());
        }
    }

    /** Returns a row for each modality. */
    private static List<List<RgbImage>> rows(List<MultiModalImage> first, MmGen mmgen) {
        return mmgen.modalities().list().stream()
                .map(modality ->
                        first.stream().map(image -> image.get(modality)).toList())
                .toList();
    }
}
