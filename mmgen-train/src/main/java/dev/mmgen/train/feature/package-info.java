/**
 * Features of photos that the diffusion transformer's tokens are aligned with (REPA; paper, section 3.3): the patch
 * tokens of {@link dev.mmgen.train.feature.DinoV2}, which {@link dev.mmgen.train.feature.DinoFeatures} computes from
 * images.
 */
@NullMarked
package dev.mmgen.train.feature;

import org.jspecify.annotations.NullMarked;
