package dev.mmgen.train;

/**
 * What a step was like.
 *
 * @param step         its number; 1 is the first
 * @param loss         before the step
 * @param gradientNorm before clipping
 * @param learningRate of this step
 * @param skipped      whether weights were left alone since float16 gradients overflowed
 * @param times        where the time went
 */
public record StepReport(
        long step, LossReport loss, double gradientNorm, double learningRate, boolean skipped, StepTimes times) {}
