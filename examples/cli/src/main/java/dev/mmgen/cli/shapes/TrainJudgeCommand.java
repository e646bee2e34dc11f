package dev.mmgen.cli.shapes;

import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.ThreadOption;
import dev.mmgen.cli.console.TrainingProgress;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.evaluation.JudgeTraining;
import dev.mmgen.shapes.evaluation.JudgedAgreement;
import dev.mmgen.shapes.evaluation.Judgement;
import dev.mmgen.shapes.evaluation.LabelledScenes;
import dev.mmgen.shapes.evaluation.ShapesJudge;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen shapes train-judge}: the training of the network that judges drawn scenes, on true ones. */
@Command(
        name = "train-judge",
        description =
                "Trains the network by which 'evaluate' judges drawn scenes: it names the category and reads depth,"
                        + " normals and labels from a photo. It takes minutes; a checkpoint is written every 200 steps.",
        mixinStandardHelpOptions = true)
final class TrainJudgeCommand implements Runnable {

    @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the scenes.")
    @SuppressWarnings("NullAway.Init")
    private Path index;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "The new .safetensors file.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "The JSONL index of other scenes, to measure errors on.")
    private @Nullable Path validation;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "1500",
            description = "The number of batches to train on. Default: 1500.")
    private int steps = 1500;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "32", description = "Scenes in a batch. Default: 32.")
    private int batch = 32;

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            defaultValue = "4e-3",
            description = "The learning rate after warm-up. Default: 4e-3.")
    private double rate = 4e-3;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed of the random numbers. Default: 0.")
    private long seed;

    @Option(
            names = "--edition",
            paramLabel = "EDITION",
            defaultValue = "second",
            description =
                    "The edition of the world that the scenes are of: first or second. Default: second; that of --from.")
    private ShapesWorld edition = ShapesWorld.SECOND;

    @Option(names = "--from", paramLabel = "FILE", description = "A judge to train further. Default: random weights.")
    private @Nullable Path from;

    @Mixin
    private final ThreadOption threads = new ThreadOption();

    @Override
    public void run() {
        Processes.requireOne();
        threads.apply();
        try (ShapesJudge trained = from == null ? ShapesJudge.random(edition, seed) : ShapesJudge.open(from);
                TrainingProgress progress = new TrainingProgress(0, steps)) {
            JudgeTraining.on(index)
                    .withSteps(steps)
                    .withBatch(batch)
                    .withRate(rate)
                    .withSeed(seed)
                    .run(trained, progress::show, judge -> judge.write(out));
        }
        System.out.println(out);
        if (validation != null) {
            try (ShapesJudge judge = ShapesJudge.open(out)) {
                System.out.println(errors(judge, LabelledScenes.open(validation, judge.edition())));
            }
        }
    }

    private static String errors(ShapesJudge judge, LabelledScenes scenes) {
        JudgedAgreement agreement = new JudgedAgreement(judge.edition());
        int right = 0;
        for (int place = 0; place < scenes.size(); place++) {
            MultiModalImage image = scenes.image(place);
            Judgement seen = judge.judge(List.of(image.rgb())).getFirst();
            agreement.add(image, seen);
            right += seen.category() == scenes.category(place) ? 1 : 0;
        }
        JudgedAgreement.Score score = agreement.score();
        return String.format(
                Locale.ROOT,
                "category %.2f %%, depth %.2f %% of the range, normals %.2f°, mIoU %.2f %% (%d scenes)",
                100.0 * right / scenes.size(),
                100 * score.depth(),
                score.normal(),
                100 * score.meanIou(),
                scenes.size());
    }
}
