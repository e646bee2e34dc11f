/** Students of trained models, which take fewer evaluations than their teachers. */
@NullMarked
package dev.mmgen.train.distillation;

import org.jspecify.annotations.NullMarked;
