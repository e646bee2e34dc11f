/**
 * The evaluation of models in the world of shapes, where depth, normals and labels are known exactly.
 *
 * <p>{@link dev.mmgen.shapes.evaluation.Understanding} compares the pictures of {@linkplain
 * dev.mmgen.shapes.evaluation.SceneReader readers} with the truth; {@link dev.mmgen.shapes.evaluation.Scoreboard} puts the
 * scores of several side by side.
 *
 * <p>Drawn images have no truth. {@link dev.mmgen.shapes.evaluation.ShapesJudge}, a network trained on true scenes, judges their
 * photos: {@link dev.mmgen.shapes.evaluation.GenerationScore} scores images of categories,
 * {@link dev.mmgen.shapes.evaluation.ConditionScore} photos drawn from given pictures. {@link
 * dev.mmgen.shapes.evaluation.GeometricAgreement} needs no judge.
 */
@NullMarked
package dev.mmgen.shapes.evaluation;

import org.jspecify.annotations.NullMarked;
