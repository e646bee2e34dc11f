package dev.mmgen.torch.optim;

import dev.mmgen.torch.Foreach;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * The scale of the loss in float16 training, without which small gradients would be rounded to 0: the loss is multiplied by
 * a large factor before the backward pass and the gradients are divided by it after (Micikevicius et al., 2018). A factor
 * that made gradients overflow is halved and that step skipped; after 2000 good steps it doubles.
 */
public final class GradScaler {

    private final Settings settings;
    private State state;

    /**
     * The rule by which the factor changes.
     *
     * @param first    the factor to begin with, from 2^-126 to the largest float32; default 65536
     * @param growth   multiplier of it after {@code interval} good steps, above 1; default 2
     * @param backoff  multiplier of it after an overflow, between 0 and 1; default 0.5
     * @param interval good steps in a row before it grows, at least 1; default 2000
     */
    public record Settings(double first, double growth, double backoff, int interval) {

        /** PyTorch's: from 65536, doubled after 2000 good steps, halved after a bad one. */
        public static final Settings DEFAULT = new Settings(65536, 2, 0.5, 2000);

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public Settings {
            boolean sound = isScale(first) && growth > 1 && backoff > 0 && backoff < 1 && interval >= 1;
            if (!sound) {
                throw new IllegalArgumentException(
                        "loss scaling needs first from 2^-126 to 3.4e38, growth > 1, 0 < backoff < 1 and"
                                + " interval >= 1, but has " + first + ", " + growth + ", " + backoff + " and "
                                + interval);
            }
        }

        /** Returns the same rule with another factor to begin with. */
        public Settings withFirst(double newFirst) {
            return new Settings(newFirst, growth, backoff, interval);
        }

        /** Returns the same rule with another growth. */
        public Settings withGrowth(double newGrowth) {
            return new Settings(first, newGrowth, backoff, interval);
        }

        /** Returns the same rule with another backoff. */
        public Settings withBackoff(double newBackoff) {
            return new Settings(first, growth, newBackoff, interval);
        }

        /** Returns the same rule with another interval. */
        public Settings withInterval(int newInterval) {
            return new Settings(first, growth, backoff, newInterval);
        }
    }

    /**
     * The part of it that a checkpoint keeps.
     *
     * @param scale     the factor
     * @param goodSteps since it last changed
     */
    public record State(double scale, int goodSteps) {}

    /** Within these, gradients times the factor, and its inverse, are numbers of float32. */
    private static final double LEAST = 0x1p-126;

    private static final double MOST = Float.MAX_VALUE;

    private static boolean isScale(double factor) {
        return factor >= LEAST && factor <= MOST;
    }

    /** Makes a scaler with the first factor of the rule. */
    public GradScaler(Settings settings) {
        this.settings = settings;
        this.state = new State(settings.first, 0);
    }

    /** Returns factor and count. */
    public State state() {
        return state;
    }

    /**
     * Restores the state of a checkpoint.
     *
     * @throws IllegalArgumentException if factor or count is out of range
     */
    public void load(State saved) {
        if (!isScale(saved.scale) || saved.goodSteps < 0) {
            throw new IllegalArgumentException(
                    "a loss scale of " + saved.scale + " after " + saved.goodSteps + " steps");
        }
        state = saved;
    }

    /** Returns the loss times the factor. */
    public Tensor scale(Tensor loss) {
        return loss.mul(state.scale);
    }

    /**
     * Divides gradients by the factor, in place, and adapts the factor for the next step.
     *
     * @return true if all gradients are finite; otherwise skip this step
     */
    public boolean unscale(List<Tensor> gradients) {
        boolean finite = divide(gradients);
        state = finite ? afterGoodStep() : new State(Math.max(state.scale * settings.backoff, LEAST), 0);
        return finite;
    }

    private boolean divide(List<Tensor> gradients) {
        if (gradients.isEmpty()) {
            return true;
        }
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor inverse = Torch.tensor(new float[] {(float) (1 / state.scale)})
                    .to(gradients.getFirst().device());
            Tensor found = Torch.zeros(1).to(inverse.device());
            Foreach.unscale_(gradients, inverse, found);
            return found.item() == 0;
        }
    }

    private State afterGoodStep() {
        if (state.goodSteps + 1 < settings.interval) {
            return new State(state.scale, state.goodSteps + 1);
        }
        double grown = state.scale * settings.growth;
        return new State(isScale(grown) ? grown : state.scale, 0);
    }
}
