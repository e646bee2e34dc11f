package dev.mmgen.train.finetune;

import dev.mmgen.io.Distilled;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The warnings of a fine-tuning before its first step: what its pictures, latents or model cannot give, a line each. */
final class FineTuningWarnings {

    private final ModelConfig model;
    private final TrainingPlan plan;
    private final FineTuningPictures pictures;
    private final ReadyLatents latents;

    FineTuningWarnings(FineTuning request, TrainingPlan plan, FineTuningPictures pictures) {
        this.model = request.model.config();
        this.plan = plan;
        this.pictures = pictures;
        this.latents = ReadyLatents.of(request.settings, plan.modalityNames());
    }

    /**
     * Returns the lines.
     *
     * @param bad    by the key of a sample that was left out, the reason
     * @param bounds of the errors of modalities that are measured
     */
    List<String> of(Map<String, String> bad, Map<String, HeldOut.Bounds> bounds) {
        List<String> lines = new ArrayList<>();
        lines.addAll(latents.gaps(pictures.all()));
        lines.addAll(latents.mistaken(model));
        lines.addAll(unlearnt());
        for (String modality : pictures.missing()) {
            lines.add("there are no pictures of '" + modality + "': what the model knows of it is not rehearsed, and"
                    + " may fade");
        }
        bad.forEach((key, reason) -> lines.add("left out '" + key + "': " + reason));
        if (pictures.heldOut().isEmpty()) {
            lines.add("there are fewer than ten samples, so none is held out to be shown and measured");
        }
        lines.addAll(blurred(bounds));
        return lines;
    }

    /** Returns a line if the velocities of pictures teach away what a student had learnt beside them. */
    private List<String> unlearnt() {
        List<Distilled> lessons = model.distilled().stream()
                .filter(lesson -> lesson != Distilled.READING)
                .toList();
        // A loss that asks the model as it was keeps what that answers.
        boolean fades = plan.loss() instanceof VelocityLoss loss && !loss.needsBase();
        return lessons.isEmpty() || !fades
                ? List.of()
                : List.of("the model is a student, by " + lessons
                        + ", and forgets that while it learns from pictures alone;"
                        + " fine-tune the model that it was made from, and distil the result");
    }

    /** Returns a line for each new modality that the autoencoder, which was trained on other pictures, cannot show. */
    private List<String> blurred(Map<String, HeldOut.Bounds> bounds) {
        List<String> lines = new ArrayList<>();
        bounds.forEach((modality, bound) -> {
            if (bound.isBlurred() && !model.modalityNames().contains(modality)) {
                lines.add(String.format(
                        Locale.ROOT,
                        "the autoencoder blurs '%s': it returns these pictures off by %.1f levels of 255 (the mean picture"
                                + " is off by %.1f), and no training of the model can do better; draw the modality"
                                + " with broader strokes or fewer fine lines, or train an autoencoder on such pictures"
                                + " (mmgen train-vae)",
                        modality,
                        bound.autoencoder(),
                        bound.meanPicture()));
            }
        });
        return lines;
    }
}
