package dev.mmgen.train.prepare;

/**
 * How far a preparation is.
 *
 * @param done  samples that are in the file, those of earlier runs included
 * @param bad   samples that were left out
 * @param total samples that are to be in the file
 */
public record PreparationProgress(int done, int bad, int total) {}
