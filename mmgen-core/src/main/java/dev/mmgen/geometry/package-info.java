/**
 * The way from flat modalities to shape: depth, normals and segments of an image become a coloured point cloud or surface
 * (arXiv 2503.20644, application "3D reconstruction").
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="reconstruction"}
 *
 * <p>The walk of an image: {@link dev.mmgen.geometry.Segments} are split off into {@link dev.mmgen.geometry.Foreground} and background,
 * {@link dev.mmgen.geometry.DepthFit} finds the {@link dev.mmgen.geometry.PinholeCamera} and the
 * {@link dev.mmgen.geometry.DepthUnprojection} that depth and normals agree on,
 * {@link dev.mmgen.geometry.NormalRefinement} takes the steps of 8-bit levels out, and
 * {@link dev.mmgen.geometry.DepthMesh} joins the pixels. {@link dev.mmgen.geometry.Reconstruction} does all of it.
 *
 * <p>Everywhere here, coordinates are the camera's: x to the right, y up, z towards the viewer, so that what is seen has
 * a negative z. Pixels run row by row from the top. An image determines shape but not size: the unit of length is the
 * distance of the nearest pixel unless you know better.
 */
@NullMarked
package dev.mmgen.geometry;

import org.jspecify.annotations.NullMarked;
