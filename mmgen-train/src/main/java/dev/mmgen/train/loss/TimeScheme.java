package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.random.Draws;
import java.util.Arrays;
import java.util.List;

/**
 * The choice of the time at which each modality of each sample stands, and of the modalities that are given as conditions;
 * open, so that a program may bring a scheme of its own. Several threads may use a scheme at the same time; it keeps no state,
 * and takes all random numbers from the draws.
 *
 * <p>The schemes of the reference draw all that it draws, in its order, also what goes unused there: with the same seed
 * they give the same times.
 */
public interface TimeScheme {

    /** Returns the form of times that this scheme gives and the model must take. */
    TimeEmbedding embedding();

    /**
     * Draws times and conditions; all modalities are visible and supervised yet.
     *
     * @param shape        of the batch
     * @param distribution how often each time is to be drawn; conditions' times need not follow it
     * @return times from 0 (data) to 1 (noise), float32 in the main memory, {@code [N]} for {@link TimeEmbedding#SHARED},
     *     {@code [N, M * C, 1, 1]} for {@link TimeEmbedding#PER_MODALITY}, {@code [N, M * C, h, w]} for
     *     {@link TimeEmbedding#PER_ELEMENT}; they belong to the current scope
     */
    ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws);

    /** One time per sample: plain SiT and REPA. */
    record Shared() implements TimeScheme {
        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.SHARED;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            Tensor times = distribution.draw(draws, shape.samples(), 1, 1, 1).reshape(-1);
            return ConditioningPlan.of(times, ModalityMask.none(shape.samples(), shape.modalities()));
        }
    }

    /**
     * Every modality stands at a time of its own.
     *
     * @param mixing the samples whose modalities share one time instead
     */
    record Decoupled(Mixing mixing) implements TimeScheme {
        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            ModalityTimes times = ModalityTimes.drawn(shape, distribution, draws);
            int joint = mixing.joint(shape.samples());
            return times.plan((i, _) -> i < joint, times::own, (_, _) -> false);
        }
    }

    /**
     * One modality per sample, drawn at random, is the condition; the others share one time. The released recipe.
     *
     * @param mixing the samples without a condition
     * @param latest the condition's time is uniform below this; 0.01 in the reference
     */
    record OneCondition(Mixing mixing, double latest) implements TimeScheme {
        /** Checks the time. */
        public OneCondition {
            ModalityTimes.requireTime(latest);
        }

        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            ModalityTimes times = ModalityTimes.drawn(shape, distribution, draws);
            long[] condition = draws.integers(0, shape.modalities(), shape.samples());
            float[] early = ModalityTimes.below(latest, draws.uniform(shape.samples(), 1, 1, 1));
            int joint = mixing.joint(shape.samples());
            ModalityMask.Rule given = (i, m) -> i >= joint && condition[i] == m;
            return times.plan((i, m) -> !given.marks(i, m), (i, _) -> early[i], given);
        }
    }

    /**
     * The same modality is the condition of every sample, at time 0; the others share one time. For modality 0 this is
     * the fine-tuning from RGB to the others.
     */
    record FixedCondition(int modality) implements TimeScheme {
        /** Checks the modality. */
        public FixedCondition {
            if (modality < 0) {
                throw new IllegalArgumentException("modality " + modality + " as the condition");
            }
        }

        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            if (modality >= shape.modalities()) {
                throw new IllegalArgumentException("modality " + modality
                        + " is to be the condition, but there are only "
                        + shape.modalities() + " modalities");
            }
            ModalityTimes times = ModalityTimes.drawn(shape, distribution, draws);
            return times.plan((_, m) -> m != modality, (_, _) -> 0, (_, m) -> m == modality);
        }
    }

    /**
     * Any subset of the modalities, neither none nor all, is the condition of a sample, each subset with the same
     * probability and each condition at a time of its own; the other modalities share one time. Not in the reference.
     *
     * @param mixing the samples without a condition
     * @param latest conditions' times are uniform below this
     */
    record AnyConditions(Mixing mixing, double latest) implements TimeScheme {
        /** Checks the time. */
        public AnyConditions {
            ModalityTimes.requireTime(latest);
        }

        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            int modalities = shape.modalities();
            if (modalities < 2 || modalities > ModalityTimes.MOST_MODALITIES) {
                throw new IllegalArgumentException("subsets as conditions need 2 to " + ModalityTimes.MOST_MODALITIES
                        + " modalities, but there are " + modalities);
            }
            ModalityTimes times = ModalityTimes.drawn(shape, distribution, draws);
            long[] subsets = draws.integers(1, (1L << modalities) - 1, shape.samples());
            float[] early = ModalityTimes.below(latest, draws.uniform(shape.samples(), modalities));
            Arrays.fill(subsets, 0, mixing.joint(shape.samples()), 0);
            return times.given(subsets, early);
        }
    }

    /**
     * Each sample is drawn to have no condition, one certain modality as its condition, or any subset of them: jobs that
     * matter more are trained more. Conditions have times of their own; the other modalities share one. Not in the reference.
     *
     * @param none   how many of the samples have no condition, 0 to 1
     * @param alone  how many have this modality alone as the condition, one number per modality, 0 to 1; what is left has
     *               any subset of two modalities or more, but not all, as its condition
     * @param latest conditions' times are uniform below this
     */
    record MixedConditions(double none, List<Double> alone, double latest) implements TimeScheme {
        /** Checks shares and time. */
        public MixedConditions {
            alone = List.copyOf(alone);
            if (alone.size() < 2) {
                throw new IllegalArgumentException("mixed conditions of " + alone.size()
                        + " modality; one alone has no other to be given, use decoupled times");
            }
            double sum = none;
            boolean positive = none >= 0;
            for (double share : alone) {
                sum += share;
                positive &= share >= 0;
            }
            if (!positive || !(sum <= 1 + 1e-9)) {
                throw new IllegalArgumentException("shares of " + none + " without and " + alone
                        + " with one condition; they must not be negative, and at most 1 together");
            }
            ModalityTimes.requireTime(latest);
        }

        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            int modalities = shape.modalities();
            if (alone.size() != modalities || modalities > ModalityTimes.MOST_MODALITIES) {
                throw new IllegalArgumentException(
                        "shares for " + alone.size() + " modalities, but there are " + modalities);
            }
            ModalityTimes times = ModalityTimes.drawn(shape, distribution, draws);
            float[] choice = draws.uniform(shape.samples()).toFloats();
            long[] subsets = draws.integers(1, (1L << modalities) - 1, shape.samples());
            float[] early = ModalityTimes.below(latest, draws.uniform(shape.samples(), modalities));
            for (int i = 0; i < subsets.length; i++) {
                subsets[i] = conditions(choice[i], subsets[i], modalities);
            }
            return times.given(subsets, early);
        }

        /** Returns the conditions as bits. */
        private long conditions(double choice, long subset, int modalities) {
            double below = none;
            if (choice < below) {
                return 0;
            }
            for (int m = 0; m < modalities; m++) {
                below += alone.get(m);
                if (choice < below) {
                    return 1L << m;
                }
            }
            // A subset of one was not meant: its complement is as probable, and has more where there are three or more.
            return Long.bitCount(subset) == 1 && modalities > 2 ? (1L << modalities) - 1 - subset : subset;
        }
    }

    /**
     * Times may differ within a latent, for models that embed times like an image.
     *
     * @param granularity what shares a time
     * @param mixing      the samples with one time everywhere instead; the reference has half of them except per sample
     */
    record PerElement(Granularity granularity, Mixing mixing) implements TimeScheme {
        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_ELEMENT;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            int samples = shape.samples();
            long[] full = {samples, shape.allChannels(), shape.height(), shape.width()};
            draws.uniform(samples, 1, 1, 1).close();
            draws.normal(full).close();
            Tensor shared = distribution.draw(draws, samples, 1, 1, 1).expand(full);
            Tensor own = granularity.draw(shape, distribution, draws).expand(full);
            int joint = mixing.joint(samples);
            Tensor times = Torch.cat(List.of(shared.slice(0, 0, joint), own.slice(0, joint, samples)), 0);
            return ConditioningPlan.of(times, ModalityMask.none(samples, shape.modalities()));
        }
    }
}
