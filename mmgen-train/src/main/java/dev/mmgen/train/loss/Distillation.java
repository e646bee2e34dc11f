package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.loss.LossContext.ModelInput;
import dev.mmgen.train.random.Draws;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * Distillation from the model that a fine-tuning began with, frozen, so that what it knew is kept: on the modalities that it
 * had, the trained model is to answer as it answered (learning without forgetting, Li and Hoiem, 2016). Its answer to a noisy
 * input is the mean of the velocities that the data could have there, so it holds the model with far less variance than they.
 *
 * <p>To the frozen model all other modalities are pure noise. Where one of them is a condition it cannot know the answer, and
 * the data alone are the target.
 *
 * @param share      of the frozen model's velocity in the target, 0 to 1; the rest is the data's. 0 leaves it out, and its
 *                   forward pass
 * @param modalities the slots that it had, from 0
 * @param blank      share of the samples in which all other slots are blank, as in requests that do without them, 0 to 1; samples
 *                   that have one of them as a condition are left as they are. Such requests would otherwise be ones that the
 *                   training never held to the frozen model's answers
 */
public record Distillation(double share, List<Integer> modalities, double blank) {

    /** No distillation. */
    public static final Distillation NONE = new Distillation(0, List.of(), 0);

    /**
     * Copies and checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Distillation {
        modalities = List.copyOf(Objects.requireNonNull(modalities, "modalities"));
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("setting 'distillation.share' is " + share + "; it must be from 0 to 1");
        }
        if (!(blank >= 0 && blank <= 1)) {
            throw new IllegalArgumentException("setting 'distillation.blank' is " + blank + "; it must be from 0 to 1");
        }
        if (share > 0 && modalities.isEmpty()
                || modalities.stream().anyMatch(slot -> slot < 0)
                || new HashSet<>(modalities).size() < modalities.size()) {
            throw new IllegalArgumentException("setting 'distillation.modalities' is " + modalities
                    + "; it must list slots of the model, each once, at least one where there is a share");
        }
    }

    /** Returns the distillation of these slots, whose target is the frozen model's velocity alone. */
    public static Distillation of(List<Integer> modalities) {
        return new Distillation(1, modalities, 0);
    }

    /** Returns the same distillation with another share of the frozen model's velocity; 0 for none. */
    public Distillation withShare(double other) {
        return new Distillation(other, modalities, blank);
    }

    /** Returns the same distillation of other slots. */
    public Distillation withModalities(List<Integer> others) {
        return new Distillation(share, others, blank);
    }

    /** Returns the same distillation with the slots that the frozen model did not have blank in another share of the samples. */
    public Distillation withBlank(double other) {
        return new Distillation(share, modalities, other);
    }

    /** Returns true if a step asks the frozen model. */
    boolean isActive() {
        return share > 0;
    }

    void requireFit(TransformerConfig model) {
        if (!isActive()) {
            return;
        }
        if (modalities.stream().anyMatch(slot -> slot >= model.modalities())) {
            throw new IllegalArgumentException("setting 'distillation.modalities' is " + modalities
                    + ", but the model has " + model.modalities() + " modalities, numbered from 0");
        }
        if (model.timeEmbedding() == TimeEmbedding.SHARED && modalities.size() < model.modalities()) {
            throw new IllegalArgumentException("setting 'distillation.modalities' is " + modalities
                    + "; it must list all " + model.modalities()
                    + " modalities, since the model has one time for all, and the others cannot be noise alone");
        }
    }

    /** Takes what the frozen model did not have out of some samples of a plan. */
    ConditioningPlan leavingBlank(ConditioningPlan plan, Draws draws) {
        if (!isActive() || blank == 0) {
            return plan;
        }
        float[] drawn = draws.uniform(plan.conditions().samples()).toFloats();
        boolean[] known = known(plan.conditions().modalities());
        ModalityMask.Rule seen =
                (i, m) -> known[m] || drawn[i] >= (float) blank || seesOther(plan.conditions(), i, known);
        return plan.withSupervised(plan.supervised().and(seen))
                .withVisible(plan.visible().and(seen));
    }

    private boolean[] known(int slots) {
        boolean[] known = new boolean[slots];
        modalities.forEach(slot -> known[slot] = true);
        return known;
    }

    /** Returns a batch whose target is what the frozen model answers, where it can know the answer. */
    NoisyBatch target(LossContext context, NoisyBatch batch) {
        ConditioningPlan plan = batch.plan();
        int slots = plan.conditions().modalities();
        boolean[] known = known(slots);
        ModalityMask taught = plan.supervised().and((i, m) -> known[m] && !seesOther(plan.conditions(), i, known));
        try (GradMode _ = Torch.noGrad()) {
            return batch.withTarget(TensorScope.keeping(() -> {
                ModalityMask before = ModalityMask.of(taught.samples(), slots, (_, m) -> known[m]);
                Tensor heard = before.overChannels(batch.target());
                Tensor velocity =
                        context.baseVelocity(noiseElsewhere(batch, heard)).to(DType.FLOAT32);
                Tensor shares = taught.overChannels(batch.target()).mul(share);
                return batch.target().add(shares.mul(velocity.sub(batch.target())));
            }));
        }
    }

    private static boolean seesOther(ModalityMask conditions, int sample, boolean[] known) {
        for (int m = 0; m < known.length; m++) {
            if (!known[m] && conditions.has(sample, m)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the input with noise at time 1 in the slots that the frozen model did not have. */
    private static ModelInput noiseElsewhere(NoisyBatch batch, Tensor heard) {
        ModelInput seen = batch.input();
        Tensor latents = batch.noise().add(heard.mul(seen.latents().sub(batch.noise())));
        Tensor times = seen.times().rank() == 1
                ? seen.times()
                : heard.mul(seen.times().sub(1)).add(1);
        return new ModelInput(latents, times, seen.labels(), seen.tasks());
    }
}
