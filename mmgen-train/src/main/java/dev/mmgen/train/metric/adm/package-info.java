/**
 * Files of ADM's evaluation (github.com/openai/guided-diffusion, {@code evaluations}): sample batches and statistics of
 * reference sets, so that figures can be compared with published ones.
 */
@NullMarked
package dev.mmgen.train.metric.adm;

import org.jspecify.annotations.NullMarked;
