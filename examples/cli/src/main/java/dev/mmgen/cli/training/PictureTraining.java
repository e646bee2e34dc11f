package dev.mmgen.cli.training;

import dev.mmgen.cli.console.OrderlyEnd;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.ProgressBars;
import dev.mmgen.cli.console.TrainingProgress;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.finetune.FineTuning;
import java.nio.file.Path;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A fine-tuning on pictures as the terminal shows it: its progress on the error stream, the folder of its model on the other. */
final class PictureTraining implements AutoCloseable {

    private String modality = "";
    private @Nullable ProgressBar encoding;
    private @Nullable TrainingProgress steps;

    private PictureTraining() {}

    /** Trains in a folder, in all processes that a launcher started. */
    static void run(FineTuning tuning, Path out) {
        Processes.run(group -> {
            tuning.processes(group);
            if (group == null || group.isFirst()) {
                show(tuning, out);
            } else {
                tuning.run(out);
            }
        });
    }

    private static void show(FineTuning tuning, Path out) {
        try (PictureTraining shown = new PictureTraining();
                OrderlyEnd _ = OrderlyEnd.of(tuning::stop)) {
            FineTuning.Result result = tuning.onEncoded(shown::encoded)
                    .onStart(shown::start)
                    .onStep(shown::step)
                    .run(out);
            shown.close();
            result.scores()
                    .forEach((name, reading) -> System.err.printf(
                            Locale.ROOT,
                            "%s read from held-out photos: off by %.1f levels of 255 (before %.1f; the mean picture %.1f, the autoencoder alone %.1f)%n",
                            name,
                            reading.after(),
                            reading.before(),
                            reading.meanPicture(),
                            reading.autoencoder()));
        }
        System.out.println(out);
    }

    void encoded(FineTuning.Encoded step) {
        if (encoding == null || !modality.equals(step.modality())) {
            end(encoding);
            modality = step.modality();
            encoding = ProgressBars.of("Encoding " + modality, "images")
                    .setInitialMax(step.all())
                    .build();
        }
        encoding.stepTo(step.done());
    }

    void start(FineTuning.Start start) {
        end(encoding);
        encoding = null;
        start.warnings().forEach(System.err::println);
        System.err.printf(
                Locale.ROOT,
                "%d samples to train on, %d held out; %d steps of %d in %s%n",
                start.samples(),
                start.heldOut(),
                start.plan().steps(),
                start.plan().batchSize(),
                start.plan().precision().name().toLowerCase(Locale.ROOT));
        steps = new TrainingProgress(start.made(), start.plan().steps());
    }

    void step(StepReport report) {
        if (steps != null) {
            steps.accept(report);
        }
    }

    private static void end(@Nullable ProgressBar bar) {
        if (bar != null) {
            bar.close();
        }
    }

    @Override
    public void close() {
        end(encoding);
        encoding = null;
        if (steps != null) {
            steps.close();
            steps = null;
        }
    }
}
