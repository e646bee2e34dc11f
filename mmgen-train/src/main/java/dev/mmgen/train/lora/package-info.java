/**
 * Fine-tuning by corrections of low rank: LoRA (Hu et al., 2022), in the files of Hugging Face's PEFT.
 *
 * <p>{@link dev.mmgen.train.lora.Lora#attach} gives maps of a transformer a correction each and freezes everything else. A
 * {@link dev.mmgen.train.TrainingPlan} with {@code lora} does so by itself.
 */
@NullMarked
package dev.mmgen.train.lora;

import org.jspecify.annotations.NullMarked;
