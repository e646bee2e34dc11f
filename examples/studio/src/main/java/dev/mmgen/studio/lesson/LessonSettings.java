package dev.mmgen.studio.lesson;

import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a lesson.
 *
 * @param name     of the new model folder
 * @param start    location of the model to begin with
 * @param pictures the folder with {@code rgb/} and a folder for each other modality
 * @param modality to learn; null to learn to read the model's own ones better
 * @param replaced the modality whose slot the new one gets; null to add a slot
 * @param lora     rank of a LoRA adapter; null to train all weights
 * @param steps    all runs together
 */
public record LessonSettings(
        String name,
        String start,
        Path pictures,
        @Nullable Modality modality,
        @Nullable Modality replaced,
        @Nullable Integer lora,
        int steps) {}
