package dev.mmgen.torch.optim;

/**
 * The learning rate as a function of the step: a schedule here, or a lambda such as {@code step -> 1e-4 / (1 + step)}.
 *
 * <p>Schedules nest: {@code new WarmUp(1000, new Cosine(1e-4, 1e-6, 100_000))} is a linear warm-up and a cosine decay.
 * Implementations must answer the same for the same step, from any thread, or a resumed training takes another course.
 */
@FunctionalInterface
public interface LearningRate {

    /**
     * Returns the rate of a step.
     *
     * @param step 0 is the first
     * @return finite and not negative
     */
    double at(long step);

    /** Returns one rate for all steps. */
    static LearningRate constant(double rate) {
        return new Constant(rate);
    }

    private static void requireRate(double rate) {
        if (!(rate >= 0 && Double.isFinite(rate))) {
            throw new IllegalArgumentException("a learning rate of " + rate + "; it must be finite and not negative");
        }
    }

    private static void requireSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException(
                    "a learning rate schedule over " + steps + " steps; it needs at least 1");
        }
    }

    /** One rate for all steps. */
    record Constant(double rate) implements LearningRate {
        /** Checks the rate. */
        public Constant {
            requireRate(rate);
        }

        @Override
        public double at(long step) {
            return rate;
        }
    }

    /**
     * A linear warm-up to the first rate of another schedule, which counts its steps from the end of the warm-up.
     *
     * @param steps length of the warm-up, at least 1; step {@code steps - 1} has the full rate
     * @param then  the schedule after it
     */
    record WarmUp(long steps, LearningRate then) implements LearningRate {
        /** Checks the number of steps. */
        public WarmUp {
            requireSteps(steps);
        }

        @Override
        public double at(long step) {
            return step < steps ? then.at(0) * (step + 1) / steps : then.at(step - steps);
        }
    }

    /**
     * A constant rate, the first of another schedule, before that begins.
     *
     * @param steps length of the constant part, at least 0
     * @param then  the schedule after it
     */
    record Hold(long steps, LearningRate then) implements LearningRate {
        /** Checks the number of steps. */
        public Hold {
            if (steps < 0) {
                throw new IllegalArgumentException(
                        "a learning rate held for " + steps + " steps; it must be at least 0");
            }
        }

        @Override
        public double at(long step) {
            return then.at(Math.max(0, step - steps));
        }
    }

    /**
     * A linear decay from one rate to another, which stays.
     *
     * @param steps the step at which {@code to} is reached, at least 1
     */
    record Linear(double from, double to, long steps) implements LearningRate {
        /** Checks rates and steps. */
        public Linear {
            requireRate(from);
            requireRate(to);
            requireSteps(steps);
        }

        @Override
        public double at(long step) {
            return from + (to - from) * Math.min(1, (double) step / steps);
        }
    }

    /**
     * A decay from one rate to another along half a period of a cosine (Loshchilov and Hutter, 2017); the last rate stays.
     *
     * @param steps the step at which {@code to} is reached, at least 1
     */
    record Cosine(double from, double to, long steps) implements LearningRate {
        /** Checks rates and steps. */
        public Cosine {
            requireRate(from);
            requireRate(to);
            requireSteps(steps);
        }

        @Override
        public double at(long step) {
            double done = Math.min(1, (double) step / steps);
            return to + (from - to) * (1 + Math.cos(Math.PI * done)) / 2;
        }
    }
}
