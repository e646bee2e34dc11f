package dev.mmgen.train;

import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.torch.optim.Muon;
import dev.mmgen.torch.optim.Optimizer;
import java.util.List;
import java.util.Objects;

/**
 * The settings of the optimizer: AdamW, or Muon beside it, its learning rate, clipping and the EMA of the weights.
 *
 * @param learningRate      the highest rate, 0 to {@link LearningRate#MAX}
 * @param schedule          of the rate after the warm-up
 * @param warmUpSteps       over which the rate rises from nothing; 0 for none
 * @param finalLearningRate at the last step of a schedule that decays
 * @param decaySteps        over which {@link Schedule#HOLD} decays at the end; the other schedules ignore it
 * @param beta1             of AdamW
 * @param beta2             of AdamW
 * @param weightDecay       of AdamW
 * @param epsilon           of AdamW
 * @param gradientNorm      gradients are clipped to this norm, above 0; infinity for no clipping
 * @param emaDecay          how much of the EMA stays in each step, 0 to 1
 * @param emaWarmUp         true for less than that in early steps, {@code (1 + t) / (10 + t)} of the EMA after t steps: it then
 *                          forgets the first weights however few the steps are
 * @param muon              parameters, or modules with all of theirs, whose matrices and kernels move by {@link Muon}, and all
 *                          else by AdamW; none by default. {@code "blocks"} are the blocks of a transformer
 * @param rateFactors       weights that learn faster or slower than the rest, such as those of a new modality; none by default
 */
public record Optimization(
        double learningRate,
        Schedule schedule,
        long warmUpSteps,
        double finalLearningRate,
        long decaySteps,
        double beta1,
        double beta2,
        double weightDecay,
        double epsilon,
        double gradientNorm,
        double emaDecay,
        boolean emaWarmUp,
        List<String> muon,
        List<RateFactor> rateFactors) {

    /** The reference's: constant rate 1e-4, betas 0.9 and 0.999, no weight decay, clipped to norm 1, EMA 0.9999. */
    public static final Optimization RELEASED = new Builder().build();

    /** The usual rate of an adapter, in multiples of that of all weights: it moves less with a step than they do. */
    public static final double ADAPTER_RATE = 5;

    /** The learning rate after the warm-up. */
    public enum Schedule {
        /** No decay. */
        CONSTANT,
        /** Decay along a line. */
        LINEAR,
        /** Decay along half a cosine. */
        COSINE,
        /** No decay until the last steps, then along a line: a training can be prolonged from before. */
        HOLD
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Optimization {
        Objects.requireNonNull(schedule, "schedule");
        requireRate("learningRate", learningRate);
        requireRate("finalLearningRate", finalLearningRate);
        if (warmUpSteps < 0) {
            throw new IllegalArgumentException("setting 'warmUpSteps' is " + warmUpSteps + "; it must be at least 0");
        }
        if (decaySteps < 0 || schedule == Schedule.HOLD && decaySteps == 0) {
            throw new IllegalArgumentException("setting 'decaySteps' is " + decaySteps + "; it must be at least "
                    + (schedule == Schedule.HOLD ? "1 with schedule HOLD" : "0"));
        }
        if (!(emaDecay >= 0 && emaDecay <= 1)) {
            throw new IllegalArgumentException("setting 'emaDecay' is " + emaDecay + "; it must be from 0 to 1");
        }
        new AdamW.Settings(beta1, beta2, weightDecay, epsilon);
        new GradientClip(gradientNorm);
        muon = List.copyOf(Objects.requireNonNull(muon, "muon"));
        rateFactors = List.copyOf(Objects.requireNonNull(rateFactors, "rateFactors"));
        for (RateFactor part : rateFactors) {
            requireRate("rateFactors of " + part.weights() + " times learningRate", part.factor() * learningRate);
        }
    }

    private static void requireRate(String name, double rate) {
        if (!(rate >= 0 && rate <= LearningRate.MAX)) {
            throw new IllegalArgumentException(
                    "setting '" + name + "' is " + rate + "; it must be from 0 to " + LearningRate.MAX);
        }
    }

    /** Returns the rates of a training of so many steps. */
    public LearningRate rates(long steps) {
        long rest = Math.max(1, steps - warmUpSteps);
        LearningRate after = switch (schedule) {
            case CONSTANT -> new LearningRate.Constant(learningRate);
            case LINEAR -> new LearningRate.Linear(learningRate, finalLearningRate, rest);
            case COSINE -> new LearningRate.Cosine(learningRate, finalLearningRate, rest);
            case HOLD ->
                new LearningRate.Hold(
                        Math.max(0, rest - decaySteps),
                        new LearningRate.Linear(learningRate, finalLearningRate, decaySteps));
        };
        return warmUpSteps == 0 ? after : new LearningRate.WarmUp(warmUpSteps, after);
    }

    /** Returns how much of the EMA stays in the step after so many. */
    public double emaDecayAt(long stepsMade) {
        return emaWarmUp ? Math.min(emaDecay, (1.0 + stepsMade) / (10.0 + stepsMade)) : emaDecay;
    }

    /** Returns the settings of AdamW. */
    public AdamW.Settings adamW() {
        return new AdamW.Settings(beta1, beta2, weightDecay, epsilon);
    }

    /**
     * Returns a new optimizer of the parameters of a model that require gradients.
     *
     * @throws IllegalArgumentException if none does, or {@link #muon} names one that is no matrix of these
     */
    public Optimizer optimizer(Module model) {
        if (muon.isEmpty()) {
            return new AdamW(model, adamW());
        }
        requireFit(model);
        return new Muon(
                model,
                Muon.Settings.DEFAULT.withAdamW(adamW()),
                key -> muon.stream().anyMatch(name -> covers(name, key)));
    }

    /**
     * Checks that a model has what {@link #muon} names. Its weights need not be there.
     *
     * @throws IllegalArgumentException naming what is no matrix of the model
     */
    public void requireFit(Module model) {
        for (String name : muon) {
            boolean known = model.parameters().entrySet().stream()
                    .anyMatch(entry -> covers(name, entry.getKey())
                            && entry.getValue().shape().rank() >= 2);
            if (!known) {
                throw new IllegalArgumentException("setting 'optimization.muon' names '" + name
                        + "', but the model has no matrix of this name, or in a module of this name; its modules are "
                        + String.join(", ", parts(model)));
            }
        }
    }

    private static List<String> parts(Module model) {
        return model.parameters().keySet().stream()
                .map(key -> key.replaceFirst("\\..*", ""))
                .distinct()
                .toList();
    }

    /** Tells whether a parameter has this name, or is in a module of this name. */
    static boolean covers(String name, String parameter) {
        return parameter.equals(name) || parameter.startsWith(name + ".");
    }

    /** Returns a builder that begins with these settings. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.learningRate = learningRate;
        builder.schedule = schedule;
        builder.warmUpSteps = warmUpSteps;
        builder.finalLearningRate = finalLearningRate;
        builder.decaySteps = decaySteps;
        builder.beta1 = beta1;
        builder.beta2 = beta2;
        builder.weightDecay = weightDecay;
        builder.epsilon = epsilon;
        builder.gradientNorm = gradientNorm;
        builder.emaDecay = emaDecay;
        builder.emaWarmUp = emaWarmUp;
        builder.muon = muon;
        builder.rateFactors = rateFactors;
        return builder;
    }

    /** Returns the same with another highest rate. */
    public Optimization withLearningRate(double rate) {
        return toBuilder().learningRate(rate).build();
    }

    /** Returns the same with another EMA; 0 follows the weights at once, 1 never. */
    public Optimization withEmaDecay(double decay) {
        return toBuilder().emaDecay(decay).build();
    }

    /** Settings by name. They begin as in the official recipe. */
    public static final class Builder {

        private double learningRate = 1e-4;
        private Schedule schedule = Schedule.CONSTANT;
        private long warmUpSteps;
        private double finalLearningRate;
        private long decaySteps;
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double weightDecay;
        private double epsilon = 1e-8;
        private double gradientNorm = 1;
        private double emaDecay = 0.9999;
        private boolean emaWarmUp;
        private List<String> muon = List.of();
        private List<RateFactor> rateFactors = List.of();

        private Builder() {}

        /** Sets the highest rate. */
        public Builder learningRate(double rate) {
            this.learningRate = rate;
            return this;
        }

        /** Sets the rate after the warm-up. */
        public Builder schedule(Schedule value) {
            this.schedule = Objects.requireNonNull(value, "schedule");
            return this;
        }

        /** Sets over how many steps the rate rises from nothing. */
        public Builder warmUpSteps(long steps) {
            this.warmUpSteps = steps;
            return this;
        }

        /** Sets the rate at the last step of a schedule that decays. */
        public Builder finalLearningRate(double rate) {
            this.finalLearningRate = rate;
            return this;
        }

        /** Sets over how many steps {@link Schedule#HOLD} decays at the end. */
        public Builder decaySteps(long steps) {
            this.decaySteps = steps;
            return this;
        }

        /** Sets how much of AdamW's two moments stays in each step. */
        public Builder betas(double first, double second) {
            this.beta1 = first;
            this.beta2 = second;
            return this;
        }

        /** Sets AdamW's weight decay. */
        public Builder weightDecay(double decay) {
            this.weightDecay = decay;
            return this;
        }

        /** Sets what AdamW adds to a divisor. */
        public Builder epsilon(double value) {
            this.epsilon = value;
            return this;
        }

        /** Sets the norm that gradients are clipped to. */
        public Builder gradientNorm(double norm) {
            this.gradientNorm = norm;
            return this;
        }

        /** Sets how much of the EMA stays in each step. */
        public Builder emaDecay(double decay) {
            this.emaDecay = decay;
            return this;
        }

        /** Sets whether less of the EMA stays in early steps. */
        public Builder emaWarmUp(boolean wanted) {
            this.emaWarmUp = wanted;
            return this;
        }

        /** Sets the parameters, or modules, whose matrices move by Muon. */
        public Builder muon(List<String> names) {
            this.muon = List.copyOf(names);
            return this;
        }

        /** Sets the weights that learn faster or slower than the rest. */
        public Builder rateFactors(List<RateFactor> parts) {
            this.rateFactors = List.copyOf(parts);
            return this;
        }

        /**
         * Returns the settings.
         *
         * @throws IllegalArgumentException naming the one that is out of range
         */
        public Optimization build() {
            return new Optimization(
                    learningRate,
                    schedule,
                    warmUpSteps,
                    finalLearningRate,
                    decaySteps,
                    beta1,
                    beta2,
                    weightDecay,
                    epsilon,
                    gradientNorm,
                    emaDecay,
                    emaWarmUp,
                    muon,
                    rateFactors);
        }
    }
}
