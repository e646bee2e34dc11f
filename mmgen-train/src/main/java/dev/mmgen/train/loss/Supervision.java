package dev.mmgen.train.loss;

import dev.mmgen.train.random.Draws;
import java.util.BitSet;

/**
 * The choice of the targets that count. Modality 0 is RGB.
 *
 * @param rgbOnly         the share of a batch, from its beginning, that is supervised on RGB alone, 0 to 1
 * @param dropping        what is dropped at random from the rest of the batch
 * @param conditionsCount true supervises a condition too, though the model is given it
 * @param blankDropped    true hides modalities from the model that are not supervised for one of the first two reasons
 */
public record Supervision(double rgbOnly, TargetDropping dropping, boolean conditionsCount, boolean blankDropped) {

    /** Everything counts. */
    public static final Supervision ALL = new Supervision(0, TargetDropping.NONE, true, false);

    /** Everything but conditions counts. */
    public static final Supervision TARGETS = new Supervision(0, TargetDropping.NONE, false, false);

    /** Checks the share. */
    public Supervision {
        if (!(rgbOnly >= 0 && rgbOnly <= 1)) {
            throw new IllegalArgumentException("setting 'rgbOnly' is " + rgbOnly + "; it must be from 0 to 1");
        }
    }

    /** Takes targets, and inputs if they are to be blank, out of a plan. */
    ConditioningPlan apply(ConditioningPlan plan, Draws draws) {
        ModalityMask.Rule kept = rgbOnly(plan.supervised().samples());
        ModalityMask.Rule notDropped = notDropped(plan.supervised(), draws);
        ModalityMask counting = plan.supervised().and(kept).and(notDropped);
        ConditioningPlan supervised = plan.withSupervised(
                conditionsCount
                        ? counting
                        : counting.and((i, m) -> !plan.conditions().has(i, m)));
        return blankDropped ? supervised.withVisible(plan.visible().and(kept).and(notDropped)) : supervised;
    }

    private int rgbOnlySamples(int samples) {
        return (int) (samples * rgbOnly);
    }

    private ModalityMask.Rule rgbOnly(int samples) {
        int first = rgbOnlySamples(samples);
        return (i, m) -> i >= first || m == 0;
    }

    private ModalityMask.Rule notDropped(ModalityMask supervised, Draws draws) {
        int samples = (int) (supervised.samples() * (1 - rgbOnly));
        if (dropping == TargetDropping.NONE || samples == 0) {
            return (_, _) -> true;
        }
        int modalities = supervised.modalities();
        int start = rgbOnlySamples(supervised.samples());
        BitSet dropped = drop(samples, modalities, draws);
        return (i, m) -> m == 0 || i < start || !dropped.get((i - start) * modalities + m);
    }

    private BitSet drop(int samples, int modalities, Draws draws) {
        int all = Math.multiplyExact(samples, modalities);
        int count = draws.choice(all, 1)[0];
        if (dropping == TargetDropping.AT_LEAST_ONE_PER_SAMPLE) {
            count = Math.max(count, samples);
        }
        BitSet dropped = new BitSet();
        for (int place : draws.choice(all, count)) {
            dropped.set(place);
        }
        return dropped;
    }
}
