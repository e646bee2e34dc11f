/**
 * Training.
 *
 * <p>A {@link dev.mmgen.train.TrainingPlan} holds the settings. A {@link dev.mmgen.train.Trainer} makes steps over a {@link
 * dev.mmgen.train.batch.BatchSource}; a {@link dev.mmgen.train.TrainingRun} makes all of them in a folder, with checkpoints
 * ({@link dev.mmgen.train.checkpoint}) and logs, and goes on where an earlier run in that folder ended, however it ended.
 */
@NullMarked
package dev.mmgen.train;

import org.jspecify.annotations.NullMarked;
