package dev.mmgen.train;

import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.optim.LearningRate;

/**
 * How weights move.
 *
 * @param learningRate      the highest rate
 * @param schedule          what becomes of it
 * @param warmUpSteps       over which it rises from nothing; 0 for none
 * @param finalLearningRate at the last step of a schedule that falls
 * @param fallingSteps      over which {@link Schedule#HOLD} falls at the end; the other schedules ignore it
 * @param beta1             of AdamW
 * @param beta2             of AdamW
 * @param weightDecay       of AdamW
 * @param epsilon           of AdamW
 * @param gradientNorm      gradients are scaled down to this norm
 * @param averageDecay      how much of the moving average stays in each step
 */
public record Optimization(
        double learningRate,
        Schedule schedule,
        long warmUpSteps,
        double finalLearningRate,
        long fallingSteps,
        double beta1,
        double beta2,
        double weightDecay,
        double epsilon,
        double gradientNorm,
        double averageDecay) {

    /** The reference's: constant rate 1e-4, no decay, norm 1, average 0.9999. */
    public static final Optimization RELEASED =
            new Optimization(1e-4, Schedule.CONSTANT, 0, 0, 0, 0.9, 0.999, 0, 1e-8, 1, 0.9999);

    /** What becomes of the learning rate after the warm-up. */
    public enum Schedule {
        /** Nothing. */
        CONSTANT,
        /** It falls along a line. */
        LINEAR,
        /** It falls along half a cosine. */
        COSINE,
        /** It stays until the last steps, in which it falls along a line: training can then be prolonged from before. */
        HOLD
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Optimization {
        if (warmUpSteps < 0) {
            throw new IllegalArgumentException("setting 'warmUpSteps' is " + warmUpSteps + "; it must be at least 0");
        }
        if (fallingSteps < 0 || schedule == Schedule.HOLD && fallingSteps == 0) {
            throw new IllegalArgumentException("setting 'fallingSteps' is " + fallingSteps + "; it must be at least "
                    + (schedule == Schedule.HOLD ? "1 with schedule HOLD" : "0"));
        }
        if (!(averageDecay >= 0 && averageDecay <= 1)) {
            throw new IllegalArgumentException(
                    "setting 'averageDecay' is " + averageDecay + "; it must be from 0 to 1");
        }
        new LearningRate.Linear(learningRate, finalLearningRate, 1);
        new AdamW.Settings(beta1, beta2, weightDecay, epsilon);
        new GradientClip(gradientNorm);
    }

    /** Returns the rates of a training of so many steps. */
    public LearningRate rates(long steps) {
        long falling = Math.max(1, steps - warmUpSteps);
        LearningRate after = switch (schedule) {
            case CONSTANT -> new LearningRate.Constant(learningRate);
            case LINEAR -> new LearningRate.Linear(learningRate, finalLearningRate, falling);
            case COSINE -> new LearningRate.Cosine(learningRate, finalLearningRate, falling);
            case HOLD ->
                new LearningRate.Hold(
                        Math.max(0, falling - fallingSteps),
                        new LearningRate.Linear(learningRate, finalLearningRate, fallingSteps));
        };
        return warmUpSteps == 0 ? after : new LearningRate.WarmUp(warmUpSteps, after);
    }

    /** Returns the settings of AdamW. */
    public AdamW.Settings adamW() {
        return new AdamW.Settings(beta1, beta2, weightDecay, epsilon);
    }

    /** Returns the same with another highest rate. */
    public Optimization withLearningRate(double rate) {
        return new Optimization(
                rate,
                schedule,
                warmUpSteps,
                finalLearningRate,
                fallingSteps,
                beta1,
                beta2,
                weightDecay,
                epsilon,
                gradientNorm,
                averageDecay);
    }
}
