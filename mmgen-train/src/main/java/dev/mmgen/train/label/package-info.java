/**
 * Renderings of depth maps, normal maps and segments as the 8-bit images that training data consists of, level by level
 * those of the reference's preprocessing scripts, so that labels of both can be mixed.
 *
 * <p>The models that estimate depth, normals and segments are not part of this library; their numbers are rendered by {@link dev.mmgen.train.label.DepthRendering}, {@link dev.mmgen.train.label.NormalRendering} and
 * {@link dev.mmgen.train.label.SegmentRendering}. {@link dev.mmgen.train.label.CannyEdges} needs no model.
 */
@NullMarked
package dev.mmgen.train.label;

import org.jspecify.annotations.NullMarked;
