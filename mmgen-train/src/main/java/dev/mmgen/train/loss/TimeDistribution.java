package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.train.random.Draws;

/** The distribution of trained times between data (0) and noise (1). Conditions' times do not follow it. */
public sealed interface TimeDistribution {

    /** Draws times, float32 in main memory. */
    Tensor draw(Draws draws, long... sizes);

    /** All times alike: the reference. */
    record Uniform() implements TimeDistribution {
        @Override
        public Tensor draw(Draws draws, long... sizes) {
            return draws.uniform(sizes);
        }
    }

    /**
     * The logistic function of a normal variable, which favours times in the middle (Esser et al., 2024).
     *
     * @param mean      above 0 favours noisy times
     * @param deviation positive
     */
    record LogitNormal(double mean, double deviation) implements TimeDistribution {
        /** Checks the numbers. */
        public LogitNormal {
            if (!Double.isFinite(mean) || !(deviation > 0 && Double.isFinite(deviation))) {
                throw new IllegalArgumentException("logit-normal times with mean " + mean + " and deviation "
                        + deviation + "; it must be positive");
            }
        }

        @Override
        public Tensor draw(Draws draws, long... sizes) {
            return draws.normal(sizes).mul(deviation).add(mean).sigmoid();
        }
    }
}
