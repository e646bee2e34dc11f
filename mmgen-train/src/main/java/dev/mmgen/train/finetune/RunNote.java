package dev.mmgen.train.finetune;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mmgen.io.Distilled;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.json.JsonException;
import dev.mmgen.train.PlanJson;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.SettingDifference;
import dev.mmgen.train.checkpoint.TrainingFolder;
import dev.mmgen.train.data.IndexEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * The note in a run's folder, {@code fine-tuning.json}, of the fine-tuning that it holds: another one does not go on there. Its
 * plan is in {@code plan.json}.
 *
 * @param model     what it began with
 * @param replaced  new modalities by those whose slots they took
 * @param added     modalities in new slots
 * @param classes   new classes
 * @param size      side of the pictures in pixels
 * @param samples   how many, those held out included
 * @param pictures  a checksum of the samples' names, classes and files
 * @param latents   sizes of the files of latents that were encoded before, by modality
 * @param distilled what is distilled into the model, with what was before
 * @param lesson    what the loss teaches beside the plan
 */
record RunNote(
        String model,
        Map<String, String> replaced,
        List<String> added,
        List<String> classes,
        int size,
        int samples,
        long pictures,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> latents,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Distilled> distilled,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String lesson) {

    private static final String NAME = "fine-tuning.json";
    private static final String PLAN = "plan.json";

    /** @param size side of the pictures in pixels */
    static RunNote of(FineTuningPlan tuning, FineTuningPictures pictures, int size, FineTuningSettings settings) {
        CRC32 sum = new CRC32();
        for (IndexEntry entry : pictures.all()) {
            sum.update(text(entry).getBytes(StandardCharsets.UTF_8));
        }
        Map<String, Long> latents = new TreeMap<>();
        settings.latents.forEach((modality, file) -> latents.put(modality, size(file)));
        return new RunNote(
                tuning.model().name(),
                tuning.replaced(),
                tuning.added(),
                tuning.classes(),
                size,
                pictures.all().size(),
                sum.getValue(),
                latents,
                settings.description.apply(tuning.settings()).distilled(),
                settings.lesson);
    }

    private static String text(IndexEntry entry) {
        StringBuilder text = new StringBuilder(entry.key() + ' ' + entry.label());
        entry.images()
                .forEach((name, file) ->
                        text.append(' ').append(name).append(' ').append(size(file)));
        return text.append('\n').toString();
    }

    /** Returns a file's size in bytes; -1 where it is missing. */
    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return -1;
        }
    }

    /**
     * Takes a folder for this fine-tuning.
     *
     * @throws IllegalArgumentException if it holds another one, or something else
     */
    void claim(Path folder) {
        Path file = folder.resolve(NAME);
        try {
            if (Files.exists(file)) {
                String before = Files.readString(file);
                String now = PlanJson.write(this);
                if (!before.equals(now)) {
                    throw new IllegalArgumentException(folder + " holds another fine-tuning: "
                            + difference(now, before, file)
                            + "; give the same again, name another folder, or remove it");
                }
                return;
            }
            if (Files.exists(folder.resolve("config.json"))
                    || Files.exists(TrainingFolder.watch(folder).checkpointFolder())) {
                throw new IllegalArgumentException(
                        folder + " holds a model or a training already; name another folder");
            }
            Files.createDirectories(folder);
            AtomicFile.write(file, PlanJson.write(this).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(folder + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    private static String difference(String now, String before, Path file) {
        try {
            return SettingDifference.between(now, before);
        } catch (JsonException e) {
            throw new IllegalArgumentException(
                    file + " is damaged: " + e.getMessage() + "; name another folder, or remove this one", e);
        }
    }

    /** Returns the plan of an earlier run there. */
    static Optional<TrainingPlan> plan(Path folder) {
        Path file = folder.resolve(PLAN);
        return Files.exists(file) ? Optional.of(TrainingPlan.read(file)) : Optional.empty();
    }

    static void write(Path folder, TrainingPlan plan) {
        try {
            AtomicFile.write(folder.resolve(PLAN), plan.toJson().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new TrainingException(folder.resolve(PLAN) + " cannot be written: " + FileReason.writing(e), e);
        }
    }
}
