package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.random.Draws;

/** Times per sample and modality, from which schemes choose. */
final class ModalityTimes {

    /** The most modalities that subsets are drawn of: subsets are bits of a long. */
    static final int MOST_MODALITIES = 62;

    private final LatentShape shape;
    private final float[] shared;
    private final float[] own;

    interface Choice {
        float time(int sample, int modality);
    }

    private ModalityTimes(LatentShape shape, float[] shared, float[] own) {
        this.shape = shape;
        this.shared = shared;
        this.own = own;
    }

    /** The draws that the reference makes for every batch with times per modality; it never uses the first. */
    static ModalityTimes drawn(LatentShape shape, TimeDistribution distribution, Draws draws) {
        int samples = shape.samples();
        distribution.draw(draws, samples, 1, 1, 1).close();
        float[] shared = distribution.draw(draws, samples, 1, 1, 1).toFloats();
        float[] own =
                distribution.draw(draws, samples, shape.modalities(), 1, 1, 1).toFloats();
        return new ModalityTimes(shape, shared, own);
    }

    float own(int sample, int modality) {
        return own[sample * shape.modalities() + modality];
    }

    /** Takes the sample's shared time where a rule says so and another time elsewhere. */
    ConditioningPlan plan(ModalityMask.Rule sharing, Choice otherwise, ModalityMask.Rule conditions) {
        int modalities = shape.modalities();
        float[] times = new float[shape.samples() * modalities];
        for (int at = 0; at < times.length; at++) {
            int sample = at / modalities;
            int modality = at % modalities;
            times[at] = sharing.marks(sample, modality) ? shared[sample] : otherwise.time(sample, modality);
        }
        Tensor perChannel = shape.perChannel(Torch.tensor(times, shape.samples(), modalities));
        return ConditioningPlan.of(perChannel, ModalityMask.of(shape.samples(), modalities, conditions));
    }

    /**
     * Takes subsets of modalities as conditions, each at a time of its own, and the sample's shared time for the others.
     *
     * @param subsets one per sample; bit {@code m} is modality {@code m}
     * @param early   conditions' times, {@code [N, M]}
     */
    ConditioningPlan given(long[] subsets, float[] early) {
        ModalityMask.Rule given = (i, m) -> (subsets[i] >> m & 1) != 0;
        return plan((i, m) -> !given.marks(i, m), (i, m) -> early[i * shape.modalities() + m], given);
    }

    /** Scales times from [0, 1) to [0, latest), in float32 as the reference does. */
    static float[] below(double latest, Tensor uniform) {
        float[] times = uniform.toFloats();
        for (int i = 0; i < times.length; i++) {
            times[i] *= (float) latest;
        }
        return times;
    }

    static void requireTime(double latest) {
        if (!(latest >= 0 && latest <= 1)) {
            throw new IllegalArgumentException("a condition's time up to " + latest + "; it must be from 0 to 1");
        }
    }
}
