/**
 * Distances between the distributions of images, from features that any extractor computes: {@link
 * dev.mmgen.train.metric.distribution.FrechetDistance} and {@link dev.mmgen.train.metric.distribution.PrecisionRecall}.
 */
@NullMarked
package dev.mmgen.train.metric.distribution;

import org.jspecify.annotations.NullMarked;
