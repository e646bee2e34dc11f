/**
 * How depth maps, normal maps and segments become the 8-bit images that training data is made of, level by level as the
 * reference's preprocessing scripts do it, so that labels made here and there can be mixed.
 *
 * <p>The models that find depth, normals and segments are not part of this library; whatever they give as numbers is
 * rendered by {@link dev.mmgen.train.label.DepthRendering}, {@link dev.mmgen.train.label.NormalRendering} and
 * {@link dev.mmgen.train.label.SegmentRendering}. {@link dev.mmgen.train.label.CannyEdges} needs no model.
 */
@NullMarked
package dev.mmgen.train.label;

import org.jspecify.annotations.NullMarked;
