/** Fine-tuning: what a trained model needs before it learns something new. */
@NullMarked
package dev.mmgen.train.finetune;

import org.jspecify.annotations.NullMarked;
