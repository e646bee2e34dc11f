package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.finetune.FineTuning;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A modality of your own, added to a trained model: {@code AddModality [FOLDER STEPS]}. FOLDER becomes a model folder that opens
 * as any other. Pictures in folders are trained on in the same way, with {@code data(folder)} in place of {@code samples}.
 */
public final class AddModality {

    private AddModality() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/mmgen-canny");
        long steps = arguments.length > 1 ? Long.parseLong(arguments[1]) : 600;
        FineTuning.Result result;
        try (MmGen mmgen = MmGen.shapes()) {
            result = FineTuning.of(mmgen)
                    .add(EdgeScenes.CANNY)
                    .samples(EdgeScenes.of(arguments.length > 1 ? 20 : 200))
                    .steps(steps)
                    .onStep(AddModality::print)
                    .run(folder);
        }
        result.scores()
                .forEach((name, reading) -> System.out.printf(
                        Locale.ROOT,
                        "%s is read from held-out photos to %.1f levels of 255; the mean picture is off by %.1f%n",
                        name,
                        reading.after(),
                        reading.meanPicture()));
        try (MmGen tuned = MmGen.open(folder)) {
            tuned.understand(TrainedModel.photo()).run().get(EdgeScenes.CANNY).write(Path.of("out", "edges.png"));
        }
        System.out.println("out/edges.png is written by the model in " + folder);
    }

    static void print(StepReport step) {
        if (step.step() % 50 == 0) {
            System.out.printf(
                    Locale.ROOT,
                    "step %d  loss %.3f%n",
                    step.step(),
                    step.loss().total());
        }
    }
}
