/**
 * What models are worth in the world of solids, where depth, normals and labels are known exactly.
 *
 * <p>{@link dev.mmgen.shapes.evaluation.Understanding} asks {@linkplain
 * dev.mmgen.shapes.evaluation.SceneReader readers} what scenes show and compares their pictures with the truth;
 * {@link dev.mmgen.shapes.evaluation.Scoreboard} puts what several of them scored side by side.
 *
 * <p>Of what models draw there is no truth. {@link dev.mmgen.shapes.evaluation.ShapesJudge}, a network trained on true
 * scenes, looks at their photos: {@link dev.mmgen.shapes.evaluation.GenerationScore} scores images of categories,
 * {@link dev.mmgen.shapes.evaluation.ConditionScore} photos drawn to given pictures. {@link
 * dev.mmgen.shapes.evaluation.GeometricAgreement} needs no judge.
 */
@NullMarked
package dev.mmgen.shapes.evaluation;

import org.jspecify.annotations.NullMarked;
