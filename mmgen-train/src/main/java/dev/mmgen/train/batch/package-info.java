/**
 * Batches to train on: {@link dev.mmgen.train.batch.BatchSource} gives one {@link dev.mmgen.train.batch.TrainingBatch}
 * after the other and can go back to where a checkpoint was written. {@link dev.mmgen.train.batch.LoadedBatches} reads the
 * official files in the background, {@link dev.mmgen.train.batch.LatentsInMemory} holds a small data set; a program may
 * bring a source of its own.
 */
@NullMarked
package dev.mmgen.train.batch;

import org.jspecify.annotations.NullMarked;
