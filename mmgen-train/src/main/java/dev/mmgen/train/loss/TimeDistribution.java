package dev.mmgen.train.loss;

import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
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

    /**
     * The times at which a run of few steps asks the model, one as often as another: what is trained at these alone draws in these alone.
     *
     * @param steps of the run, at least 1
     * @param shift of its times towards noise, see {@link TimeGrid#shifted}
     */
    record FewSteps(int steps, double shift) implements TimeDistribution {
        /** Checks the numbers. */
        public FewSteps {
            if (steps < 1 || steps > TimeGrid.MAX_STEPS) {
                throw new IllegalArgumentException(
                        "setting 'steps' is " + steps + "; it must be from 1 to " + TimeGrid.MAX_STEPS);
            }
            TimeGrid.requireShift(shift);
        }

        @Override
        public Tensor draw(Draws draws, long... sizes) {
            float[] drawn = draws.uniform(sizes).toFloats();
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (float) shifted((Math.floor(drawn[i] * steps) + 1) / steps);
            }
            return Torch.tensor(drawn, sizes);
        }

        /** Returns the time at a part, 0 to 1, of the step that begins at a time: 1 is that time, and 0 where the step ends. */
        double within(double time, double part) {
            double place = time / (shift - (shift - 1) * time);
            double next = Math.max(0, place - 1.0 / steps);
            return shifted(next + part * (place - next));
        }

        private double shifted(double place) {
            return shift * place / (1 + (shift - 1) * place);
        }
    }
}
