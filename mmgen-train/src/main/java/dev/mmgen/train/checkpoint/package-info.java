/**
 * Checkpoints: the state of a training in files, and the folder that they lie in. {@link
 * dev.mmgen.train.checkpoint.TrainingState} is what a training goes on from; {@link
 * dev.mmgen.train.checkpoint.PtCheckpoint} and {@link dev.mmgen.train.checkpoint.FolderCheckpoint} write and read it.
 * Nothing here knows what is trained, or how: a plan is text.
 */
@NullMarked
package dev.mmgen.train.checkpoint;

import org.jspecify.annotations.NullMarked;
