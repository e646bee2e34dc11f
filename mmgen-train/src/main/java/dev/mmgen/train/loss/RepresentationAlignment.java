package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.List;

/**
 * Representation alignment: the model's tokens are pulled towards those of a teacher by minus the mean cosine similarity
 * (REPA, Yu et al., 2025; paper, section 3.3).
 *
 * @param weight    of this loss beside the velocity's; 0.5 in the reference, 0 leaves it out
 * @param firstHalf true aligns only the first half of a batch
 * @param untilStep the step at which alignment ends, since it holds a trained model back; {@code Long.MAX_VALUE} is
 *                  never
 * @param teacher   whose tokens the model's are to resemble
 */
public record RepresentationAlignment(double weight, boolean firstHalf, long untilStep, Teacher teacher) {

    /** The reference's: weight 0.5, all samples, all steps, features of an image encoder. */
    public static final RepresentationAlignment REFERENCE =
            new RepresentationAlignment(0.5, false, Long.MAX_VALUE, new Teacher.Features());

    /** No alignment. */
    public static final RepresentationAlignment NONE = REFERENCE.withWeight(0);

    /** Below this square, a token counts as this long (PyTorch's 1e-12 for the length). */
    private static final double SMALL = 1e-24;

    /** The model whose tokens the trained model's are to resemble. */
    public sealed interface Teacher {

        /** An image encoder such as DINOv2, whose features come with the data (REPA). */
        record Features() implements Teacher {}

        /**
         * A deeper block of the model's EMA, which sees the same batch with less noise; no image encoder is needed
         * (after SRA, Jiang et al., 2025).
         *
         * @param depth      after how many blocks of the EMA its tokens are taken; 0 is after five sevenths of them
         * @param timeFactor the EMA's times are the model's times this factor, 0 to 1; 0 shows it clean latents
         */
        record Ema(int depth, double timeFactor) implements Teacher {

            /** Tokens after five sevenths of the blocks, at times 0.8 of the model's. */
            public static final Ema DEFAULT = new Ema(0, 0.8);

            /** Checks the numbers. */
            public Ema {
                if (depth < 0) {
                    throw new IllegalArgumentException("setting 'depth' is " + depth + "; it must be at least 0");
                }
                if (!(timeFactor >= 0 && timeFactor <= 1)) {
                    throw new IllegalArgumentException(
                            "setting 'timeFactor' is " + timeFactor + "; it must be from 0 to 1");
                }
            }

            /** Returns after how many blocks the tokens are taken, of a model with so many. */
            int depthIn(int blocks) {
                return depth == 0 ? Math.max(1, Math.round(blocks * 5f / 7)) : depth;
            }
        }
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public RepresentationAlignment {
        if (!(weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException(
                    "setting 'alignment.weight' is " + weight + "; it must be finite and at least 0");
        }
        if (untilStep < 0) {
            throw new IllegalArgumentException("setting 'untilStep' is " + untilStep + "; it must be at least 0");
        }
    }

    /** Returns the same alignment with another weight; 0 for data without features. */
    public RepresentationAlignment withWeight(double other) {
        return new RepresentationAlignment(other, firstHalf, untilStep, teacher);
    }

    /** Returns the same alignment of the first half of a batch, or of all. */
    public RepresentationAlignment withFirstHalf(boolean only) {
        return new RepresentationAlignment(weight, only, untilStep, teacher);
    }

    /** Returns the same alignment with another end. */
    public RepresentationAlignment withUntilStep(long step) {
        return new RepresentationAlignment(weight, firstHalf, step, teacher);
    }

    /** Returns the same alignment with another teacher. */
    public RepresentationAlignment withTeacher(Teacher other) {
        return new RepresentationAlignment(weight, firstHalf, untilStep, other);
    }

    /** Returns true if this step is aligned; 0 is the first step. */
    public boolean isActive(long step) {
        return weight > 0 && step < untilStep;
    }

    boolean needsFeatures() {
        return weight > 0 && teacher instanceof Teacher.Features;
    }

    boolean needsEma() {
        return weight > 0 && teacher instanceof Teacher.Ema;
    }

    void requireFit(TransformerConfig model) {
        if (weight == 0) {
            return;
        }
        if (model.projections().isEmpty()) {
            throw new IllegalArgumentException("setting 'alignment.weight' is " + weight
                    + "; it must be 0, since the model has no projections to align");
        }
        if (teacher instanceof Teacher.Ema ema) {
            if (!model.projections().equals(List.of(model.width()))) {
                throw new IllegalArgumentException("setting 'projections' is " + model.projections() + "; it must be ["
                        + model.width() + "], the width of the model, to align it with its EMA");
            }
            if (ema.depth() > model.depth()) {
                throw new IllegalArgumentException("setting 'alignment.teacher.depth' is " + ema.depth()
                        + "; it must be at most " + model.depth() + ", the model's blocks");
            }
        }
    }

    /**
     * Returns minus the mean cosine similarity over samples, tokens and projectors: a scalar from -1 to 1, not
     * weighted.
     *
     * @param projections the model's tokens, {@code [N, T, width]} per projector
     * @param targets     features of the same shapes
     * @throws IllegalArgumentException if numbers or shapes differ, or half a batch is to be used and there is one
     *     sample only
     */
    public Tensor loss(List<Tensor> projections, List<Tensor> targets) {
        requireMatch(projections, targets);
        return TensorScope.keeping(() -> {
            Tensor sum = meanSimilarity(projections.getFirst(), targets.getFirst());
            for (int i = 1; i < projections.size(); i++) {
                sum = sum.add(meanSimilarity(projections.get(i), targets.get(i)));
            }
            return sum.mul(-1.0 / projections.size());
        });
    }

    private Tensor meanSimilarity(Tensor projection, Tensor target) {
        Tensor left = used(projection).to(DType.FLOAT32);
        Tensor right = used(target.detach()).to(projection.device(), DType.FLOAT32);
        Tensor lengths = inverseLength(left).mul(inverseLength(right));
        return left.mul(right).sum(-1).mul(lengths).mean();
    }

    private static Tensor inverseLength(Tensor tokens) {
        return tokens.mul(tokens).sum(-1).clamp(SMALL, Double.POSITIVE_INFINITY).rsqrt();
    }

    private Tensor used(Tensor tokens) {
        return firstHalf ? tokens.slice(0, 0, tokens.size(0) / 2) : tokens;
    }

    private void requireMatch(List<Tensor> projections, List<Tensor> targets) {
        if (projections.isEmpty() || projections.size() != targets.size()) {
            throw new IllegalArgumentException("alignment of " + projections.size() + " projections with "
                    + targets.size()
                    + " features; there must be one feature per projector, and a projector at least");
        }
        for (int i = 0; i < projections.size(); i++) {
            Shape projection = projections.get(i).shape();
            if (!projection.equals(targets.get(i).shape())) {
                throw new IllegalArgumentException("projector " + i + " gives tokens of shape " + projection
                        + ", but the features to align with have shape "
                        + targets.get(i).shape());
            }
        }
        if (firstHalf && projections.getFirst().size(0) < 2) {
            throw new IllegalArgumentException("aligning the first half of a batch needs at least 2 samples");
        }
    }
}
