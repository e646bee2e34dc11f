package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.random.Draws;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * The scheme in which some samples of another one read a modality at once: it alone is given, and all else is zeros at time 1, where the
 * velocity is the data's opposite. So a model learns to read in one step as {@link dev.mmgen.sampling.DirectSampler} asks, without noise to
 * carry through. Not in the reference.
 *
 * @param others   the scheme of the other samples, with times per modality
 * @param modality that is given; 0 is RGB
 * @param share    how many of the samples read so, 0 to 1
 * @param latest   the condition's time is uniform below this; 0.01 is usual
 */
public record DirectReading(TimeScheme others, int modality, double share, double latest) implements TimeScheme {

    /**
     * Checks the numbers and the other scheme.
     *
     * @throws IllegalArgumentException naming the setting that is out of range
     */
    public DirectReading {
        Objects.requireNonNull(others, "others");
        if (!(others instanceof AbsentPart) && others.embedding() != TimeEmbedding.PER_MODALITY) {
            throw new IllegalArgumentException("setting 'others' has times " + others.embedding()
                    + "; a photo is clean where all else is noise, so they must be per modality");
        }
        if (others instanceof DirectReading) {
            throw new IllegalArgumentException(
                    "setting 'others' reads in one step too; one scheme of that kind is enough");
        }
        if (modality < 0) {
            throw new IllegalArgumentException("setting 'modality' is " + modality + "; it must be at least 0");
        }
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("setting 'share' is " + share + "; it must be from 0 to 1");
        }
        ModalityTimes.requireTime(latest);
    }

    @Override
    public TimeEmbedding embedding() {
        return TimeEmbedding.PER_MODALITY;
    }

    @Override
    public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
        if (modality >= shape.modalities()) {
            throw new IllegalArgumentException(
                    "setting 'modality' is " + modality + ", but there are only " + shape.modalities() + " modalities");
        }
        ConditioningPlan plan = new ConditioningRecipe(others, distribution, Supervision.ALL).plan(shape, draws);
        float[] chosen = draws.uniform(shape.samples()).toFloats();
        float[] early = ModalityTimes.below(latest, draws.uniform(shape.samples()));
        IntPredicate reads = sample -> chosen[sample] < share;
        float[] times = plan.times().contiguous().toFloats();
        int perSample = shape.allChannels();
        for (int at = 0; at < times.length; at++) {
            int sample = at / perSample;
            if (reads.test(sample)) {
                times[at] = at % perSample / shape.channels() == modality ? early[sample] : 1;
            }
        }
        return new ConditioningPlan(
                Torch.tensor(times, shape.samples(), perSample, 1, 1),
                mask(
                        shape,
                        (i, m) -> reads.test(i)
                                ? m == modality
                                : plan.conditions().has(i, m)),
                mask(shape, (i, m) -> reads.test(i) || plan.supervised().has(i, m)),
                mask(shape, (i, m) -> reads.test(i) || plan.visible().has(i, m)),
                mask(
                        shape,
                        (i, m) ->
                                reads.test(i) ? m != modality : plan.noiseless().has(i, m)));
    }

    private static ModalityMask mask(LatentShape shape, ModalityMask.Rule rule) {
        return ModalityMask.of(shape.samples(), shape.modalities(), rule);
    }
}
