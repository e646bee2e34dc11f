package dev.mmgen.train;

/**
 * The time of a step by its parts, in seconds. On a GPU a part may end before its work has, which the next part then waits
 * for.
 *
 * @param data      waiting for batches
 * @param forward   noising, the model and the loss
 * @param backward  gradients, and their sum over processes
 * @param optimizer clipping, AdamW and the EMA
 */
public record StepTimes(double data, double forward, double backward, double optimizer) {

    /** Returns the time of the whole step. */
    public double total() {
        return data + forward + backward + optimizer;
    }

    /** A stopwatch over the parts of one step. */
    public static final class Watch {
        private final long[] nanos = new long[Part.values().length];
        private long last = System.nanoTime();

        /** Adds the time since the last call to a part. */
        public void lap(Part part) {
            long now = System.nanoTime();
            nanos[part.ordinal()] += now - last;
            last = now;
        }

        /** Adds seconds that others measured to a part, and the rest of the time since the last call to another. */
        void lap(Part first, double seconds, Part rest) {
            nanos[first.ordinal()] += (long) (seconds * 1e9);
            last += (long) (seconds * 1e9);
            lap(rest);
        }

        /** Returns what has been added up. */
        public StepTimes times() {
            return new StepTimes(
                    seconds(Part.DATA), seconds(Part.FORWARD), seconds(Part.BACKWARD), seconds(Part.OPTIMIZER));
        }

        private double seconds(Part part) {
            return nanos[part.ordinal()] / 1e9;
        }
    }

    /** The parts of a step. */
    public enum Part {
        /** Waiting for batches. */
        DATA,
        /** The model and the loss. */
        FORWARD,
        /** Gradients. */
        BACKWARD,
        /** Clipping, AdamW and the EMA. */
        OPTIMIZER
    }
}
