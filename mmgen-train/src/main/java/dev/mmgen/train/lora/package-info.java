/**
 * Fine-tuning with LoRA adapters (Hu et al., arXiv 2106.09685), in the files of Hugging Face's PEFT.
 *
 * <p>{@link dev.mmgen.train.lora.Lora#attach} adapts maps of a transformer and freezes everything else. A
 * {@link dev.mmgen.train.TrainingPlan} with {@code lora} does so by itself.
 */
@NullMarked
package dev.mmgen.train.lora;

import org.jspecify.annotations.NullMarked;
