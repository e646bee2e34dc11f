package dev.mmgen.train.loss;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The part of a batch that is known. A modality that a sample lacks stands at pure noise, time 1, where the model takes times
 * per modality: that is how it looks when it is drawn. It is neither a condition nor supervised. Where a label has holes, only
 * what is known of it counts, and it is no condition: its holes were filled with something.
 */
final class KnownLatents {

    private final LatentShape shape;
    /** The share that is known of each modality of each sample; null where all is. */
    private final float @Nullable [] shares;

    private KnownLatents(LatentShape shape, float @Nullable [] shares) {
        this.shape = shape;
        this.shares = shares;
    }

    /** @param validity {@code [N, M, h, w]}; null where all is known */
    static KnownLatents of(@Nullable Tensor validity, LatentShape shape) {
        if (validity == null) {
            return new KnownLatents(shape, null);
        }
        if (validity.size(1) != shape.modalities()
                || validity.size(2) != shape.height()
                || validity.size(3) != shape.width()) {
            throw new IllegalArgumentException("validity of shape " + validity.shape() + " for latents of " + shape);
        }
        return new KnownLatents(
                shape,
                validity.reshape(shape.samples(), shape.modalities(), -1)
                        .mean(2)
                        .toFloats());
    }

    private float share(int sample, int modality) {
        return shares == null ? 1 : shares[sample * shape.modalities() + modality];
    }

    /** Returns the lesson without what is not known. */
    ConditioningPlan restrict(ConditioningPlan plan) {
        if (shares == null) {
            return plan;
        }
        // Drawn as a condition, a label with holes is of no use in this sample.
        ModalityMask.Rule usable = (i, m) ->
                share(i, m) > 0 && (share(i, m) >= 1 || !plan.conditions().has(i, m));
        Tensor present =
                ModalityMask.of(shape.samples(), shape.modalities(), usable).toTensor();
        return plan.withTimes(times(plan.times(), present))
                .withConditions(plan.conditions().and(usable))
                .withSupervised(plan.supervised().and(usable));
    }

    private Tensor times(Tensor times, Tensor present) {
        if (times.rank() != 4) {
            return times;
        }
        Tensor perChannel = shape.perChannel(present).to(times.device(), times.dtype());
        return times.mul(perChannel).add(perChannel.neg().add(1));
    }

    /** Returns latents that are zero, their mean, in modalities that a sample lacks. */
    Tensor restrict(Tensor latents) {
        if (shares == null) {
            return latents;
        }
        Tensor present = ModalityMask.of(shape.samples(), shape.modalities(), (i, m) -> share(i, m) > 0)
                .toTensor();
        return latents.mul(shape.perChannel(present).to(latents.device(), latents.dtype()));
    }

    /**
     * Returns the mean of errors over what is known of each modality of each sample.
     *
     * @param errors   {@code [N, M * C, h, w]}
     * @param validity {@code [N, M, h, w]}; null where all is known
     * @return {@code [N, M]}; 0 where nothing is known
     */
    static Tensor mean(Tensor errors, ModalityMask modalities, @Nullable Tensor validity) {
        int samples = modalities.samples();
        int slots = modalities.modalities();
        if (validity == null) {
            return errors.reshape(samples, slots, -1).mean(2);
        }
        long places = errors.size(2) * errors.size(3);
        Tensor known = validity.to(errors.device(), DType.FLOAT32).reshape(samples, slots, places);
        Tensor perPlace = errors.reshape(samples, slots, -1, places).mean(2);
        return perPlace.mul(known).sum(2).div(known.sum(2).clamp(1e-6, Double.POSITIVE_INFINITY));
    }

    @Override
    public String toString() {
        return "KnownLatents of " + shape + (shares == null ? "" : " " + Arrays.toString(shares));
    }
}
