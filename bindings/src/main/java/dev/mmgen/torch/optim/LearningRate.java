package dev.mmgen.torch.optim;

/**
 * The learning rate as a function of the step: a schedule here, or a lambda such as {@code step -> 1e-4 / (1 + step)}.
 *
 * <p>Schedules nest: {@code new WarmUp(1000, new Cosine(1e-4, 1e-6, 100_000))} is a linear warm-up and a cosine decay.
 * Implementations must answer the same for the same step, from any thread, or a resumed training takes another course.
 */
@FunctionalInterface
public interface LearningRate {

    /** The highest rate that is taken: far beyond any that trains, and small enough that weights stay numbers. */
    double MAX = 1000;

    /**
     * Returns the rate of a step.
     *
     * @param step 0 is the first
     * @return from 0 to {@link #MAX}
     */
    double at(long step);

    /** Returns one rate for all steps. */
    static LearningRate constant(double rate) {
        return new Constant(rate);
    }

    private static double requireRate(double rate) {
        if (!(rate >= 0 && rate <= MAX)) {
            throw new IllegalArgumentException("a learning rate of " + rate + "; it must be from 0 to " + MAX);
        }
        return rate;
    }

    /** Checks the answer of another schedule, which may be a program's own. */
    private static double rate(LearningRate schedule, long step) {
        double rate = schedule.at(step);
        if (!(rate >= 0 && rate <= MAX)) {
            String name = schedule.getClass().getName();
            int lambda = name.indexOf("$$Lambda");
            throw new IllegalStateException("the learning rate "
                    + (lambda < 0 ? name : "(a lambda in " + name.substring(0, lambda) + ")") + " returned " + rate
                    + " for step " + step + "; it must be from 0 to " + MAX);
        }
        return rate;
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
            return step < steps
                    ? LearningRate.rate(then, 0) * (step + 1) / steps
                    : LearningRate.rate(then, step - steps);
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
            return LearningRate.rate(then, Math.max(0, step - steps));
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
