package dev.mmgen.train.finetune;

import dev.mmgen.io.Distilled;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.TrainingPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The {@code README.md} of a model folder: what the model is, what it learnt from, how, and how well it reads held-out photos. */
final class ModelCard {

    private ModelCard() {}

    /**
     * The figures of a card.
     *
     * @param steps    that were made
     * @param weights  that moved
     * @param pictures that were trained on and held out
     * @param readings by modality
     * @param distilled into the model
     * @param lesson    the words for what was distilled last
     */
    record Figures(
            long steps,
            TrainedWeights weights,
            FineTuningPictures pictures,
            Map<String, FineTuning.Reading> readings,
            List<Distilled> distilled,
            String lesson) {}

    static void write(Path folder, FineTuningPlan tuning, TrainingPlan plan, Figures figures) {
        Path file = folder.resolve("README.md");
        try {
            AtomicFile.write(file, text(folder, tuning, plan, figures).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new TrainingException(file + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    private static String distilled(Distilled lesson) {
        return switch (lesson) {
            case GUIDANCE -> "guidance was distilled into it";
            case CONDITION_GUIDANCE -> "guidance by what is given was distilled into it";
            case FLOW_MAP -> "it became a flow map";
            case FEW_STEPS -> "it learnt to draw in few steps";
            case READING -> "it learnt to read photos in one step";
        };
    }

    private static String text(Path folder, FineTuningPlan tuning, TrainingPlan plan, Figures figures) {
        StringBuilder text = new StringBuilder();
        text.append("# ")
                .append(folder.toAbsolutePath().normalize().getFileName())
                .append("\n\n");
        text.append("A model of ")
                .append(String.join(", ", plan.modalityNames()))
                .append(", fine-tuned from `");
        text.append(tuning.model().path().getFileName()).append("`");
        tuning.replaced()
                .forEach((old, now) -> text.append("; ")
                        .append(now)
                        .append(" took the slot of ")
                        .append(old));
        tuning.added().forEach(name -> text.append("; ").append(name).append(" was added"));
        figures.distilled().forEach(lesson -> text.append("; ").append(distilled(lesson)));
        if (!figures.lesson().isEmpty()) {
            text.append(" (").append(figures.lesson()).append(')');
        }
        text.append(".\n\n```java\ntry (MmGen mmgen = MmGen.open(Path.of(\"")
                .append(folder.getFileName())
                .append(
                        "\"))) {\n    MultiModalImage read = mmgen.understand(RgbImage.read(Path.of(\"photo.jpg\"))).run();\n")
                .append("}\n```\n\n## Data\n\n");
        text.append(figures.pictures().training().size()).append(" samples to train on, ");
        text.append(figures.pictures().heldOut().size()).append(" held out.");
        figures.pictures()
                .missing()
                .forEach(name -> text.append(" No pictures of ").append(name).append('.'));
        text.append("\n\n## Recipe\n\n");
        Optimization optimization = plan.optimization();
        text.append(String.format(
                Locale.ROOT,
                "%d steps of %d samples, %s with a learning rate of %.2g, EMA decay of at most %.4f, %s, %s.",
                figures.steps(),
                plan.batchSize(),
                optimization.muon().isEmpty() ? "AdamW" : "Muon and AdamW",
                optimization.learningRate(),
                optimization.emaDecay(),
                plan.precision().name().toLowerCase(Locale.ROOT),
                plan.lora() == null
                        ? "all weights"
                        : String.format(
                                Locale.ROOT,
                                "a LoRA adapter of rank %d%s, %.1f %% of the weights",
                                plan.lora().rank(),
                                plan.lora().trainedModules().isEmpty() ? "" : " and what a new modality needs",
                                figures.weights().percent())));
        text.append(" `plan.json` has all settings.\n");
        if (!figures.readings().isEmpty()) {
            text.append(
                    "\n## Figures\n\nMean absolute error of what is read from held-out photos, in levels from 0 to 255.\n\n");
            text.append(
                    "| modality | mean picture | autoencoder alone | before | after |\n| --- | ---: | ---: | ---: | ---: |\n");
            figures.readings()
                    .forEach((name, reading) -> text.append(String.format(
                                    Locale.ROOT,
                                    "| %s | %.2f | %.2f | %.2f | %.2f |%n",
                                    name,
                                    reading.meanPicture(),
                                    reading.autoencoder(),
                                    reading.before(),
                                    reading.after())
                            .replace(System.lineSeparator(), "\n")));
        }
        return text.toString();
    }
}
