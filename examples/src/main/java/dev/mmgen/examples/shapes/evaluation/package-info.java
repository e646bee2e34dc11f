/**
 * What models are worth in the world of solids, where depth, normals and labels are known exactly.
 *
 * <p>{@link dev.mmgen.examples.shapes.evaluation.Understanding} asks {@linkplain
 * dev.mmgen.examples.shapes.evaluation.SceneReader readers} what scenes show and compares their pictures with the truth;
 * {@link dev.mmgen.examples.shapes.evaluation.Comparison} puts what several of them scored side by side.
 */
@NullMarked
package dev.mmgen.examples.shapes.evaluation;

import org.jspecify.annotations.NullMarked;
