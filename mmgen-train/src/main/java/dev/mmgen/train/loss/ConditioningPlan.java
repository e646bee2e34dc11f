package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/**
 * The lesson of one batch: per sample, which modalities are given, at which time each one stands, with which noise, and whose
 * targets count.
 *
 * @param times      0 at data to 1 at noise, float32 in one of the shapes of {@link dev.mmgen.model.TimeEmbedding}
 * @param conditions modalities that are given, (nearly) free of noise
 * @param supervised modalities whose velocity is compared with the truth
 * @param visible    modalities that the model sees; the others are blank, zero everywhere
 * @param noiseless  modalities with zeros in place of noise, also in the velocity that is the target
 */
public record ConditioningPlan(
        Tensor times, ModalityMask conditions, ModalityMask supervised, ModalityMask visible, ModalityMask noiseless) {

    /** Returns a plan that hides nothing, supervises everything and has noise everywhere. */
    public static ConditioningPlan of(Tensor times, ModalityMask conditions) {
        ModalityMask all = ModalityMask.all(conditions.samples(), conditions.modalities());
        ModalityMask none = ModalityMask.none(conditions.samples(), conditions.modalities());
        return new ConditioningPlan(times, conditions, all, all, none);
    }

    /** Returns the modalities on their way from noise to data: all that are seen, but those that are given, and samples that read without noise. */
    ModalityMask moving() {
        return visible.and((i, m) -> !conditions.has(i, m) && !noiseless.hasAny(i));
    }

    /** Returns the same plan at other times. */
    ConditioningPlan withTimes(Tensor others) {
        return new ConditioningPlan(others, conditions, supervised, visible, noiseless);
    }

    /** Returns the same plan with other conditions. */
    ConditioningPlan withConditions(ModalityMask others) {
        return new ConditioningPlan(times, others, supervised, visible, noiseless);
    }

    /** Returns the same plan with other targets. */
    ConditioningPlan withSupervised(ModalityMask others) {
        return new ConditioningPlan(times, conditions, others, visible, noiseless);
    }

    /** Returns the same plan with other modalities to be seen. */
    ConditioningPlan withVisible(ModalityMask others) {
        return new ConditioningPlan(times, conditions, supervised, others, noiseless);
    }

    /** Returns noise {@code [N, M * C, h, w]} with zeros where there is to be none. */
    Tensor noise(Tensor drawn) {
        ModalityMask noisy =
                ModalityMask.of(noiseless.samples(), noiseless.modalities(), (i, m) -> !noiseless.has(i, m));
        return noisy.isFull() ? drawn : drawn.mul(noisy.overChannels(drawn));
    }

    /**
     * Returns what the model's task embedding is told: int64 {@code [N]}, k + 1 where modality k is the only condition.
     * Row 0, joint generation, also serves several conditions at once, for which the table has no rows: the times tell
     * those.
     */
    public Tensor tasks() {
        long[] tasks = new long[conditions.samples()];
        for (int i = 0; i < tasks.length; i++) {
            int[] given = conditions.marked(i);
            tasks[i] = given.length == 1 ? given[0] + 1 : 0;
        }
        return Torch.tensor(tasks);
    }
}
