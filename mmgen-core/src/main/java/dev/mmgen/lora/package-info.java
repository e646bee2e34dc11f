/**
 * LoRA adapters (Hu et al., arXiv 2106.09685), in the files of Hugging Face's PEFT. {@link dev.mmgen.MmGen#withAdapter} lays one
 * over a model to draw with; {@link dev.mmgen.lora.Lora#attach} adapts maps of a transformer to train them.
 */
@NullMarked
package dev.mmgen.lora;

import org.jspecify.annotations.NullMarked;
