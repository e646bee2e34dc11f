package dev.mmgen.train;

/**
 * The report of a step.
 *
 * @param step   its number; 1 is the first
 * @param loss   before the step
 * @param update of the weights
 * @param times  where the time went
 */
public record StepReport(long step, LossReport loss, WeightUpdate.Result update, StepTimes times) {

    /** Returns the norm of the gradients before clipping. */
    public double gradientNorm() {
        return update.gradientNorm();
    }

    /** Returns the learning rate of this step. */
    public double learningRate() {
        return update.learningRate();
    }

    /** Returns true if the weights were left alone since float16 gradients overflowed. */
    public boolean skipped() {
        return update.skipped();
    }
}
