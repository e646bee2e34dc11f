package dev.mmgen.train.loss;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.List;

/**
 * Pulls the model's tokens towards features of an image encoder: minus the mean cosine similarity (REPA, Yu et al.,
 * 2025).
 *
 * @param weight    of this loss beside the velocity's; 0.5 in the reference, 0 leaves it out
 * @param firstHalf whether only the first half of a batch is aligned
 * @param untilStep the step at which alignment ends, since it holds a trained model back; {@code Long.MAX_VALUE} is
 *                  never
 */
public record RepresentationAlignment(double weight, boolean firstHalf, long untilStep) {

    /** The reference's: weight 0.5, all samples, all steps. */
    public static final RepresentationAlignment REFERENCE = new RepresentationAlignment(0.5, false, Long.MAX_VALUE);

    /** No alignment. */
    public static final RepresentationAlignment NONE = new RepresentationAlignment(0, false, 0);

    /** Below this square, a token counts as this long (PyTorch's 1e-12 for the length). */
    private static final double SMALL = 1e-24;

    /** Checks the weight. */
    public RepresentationAlignment {
        if (!(weight >= 0 && Double.isFinite(weight)) || untilStep < 0) {
            throw new IllegalArgumentException("alignment with weight " + weight + " until step " + untilStep
                    + "; both must be finite and not negative");
        }
    }

    /** Returns true if this step is aligned; 0 is the first step. */
    public boolean isActive(long step) {
        return weight > 0 && step < untilStep;
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
