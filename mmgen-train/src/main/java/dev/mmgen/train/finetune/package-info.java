/**
 * Fine-tuning: {@link dev.mmgen.train.finetune.PretrainedModel} opens a trained model, {@link
 * dev.mmgen.train.finetune.FineTuningPlan} gives it modalities or a LoRA adapter, and {@link
 * dev.mmgen.train.finetune.TrainingData} opens the samples, as {@code mmgen finetune} does.
 */
@NullMarked
package dev.mmgen.train.finetune;

import org.jspecify.annotations.NullMarked;
