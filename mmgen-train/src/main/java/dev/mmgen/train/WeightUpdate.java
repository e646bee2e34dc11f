package dev.mmgen.train;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.torch.optim.Optimizer;
import java.util.List;

/**
 * The second half of a step, once its gradients are there, whatever they came from: clipping, the optimizer and the EMA
 * (reference {@code train.py}).
 */
public final class WeightUpdate implements AutoCloseable {

    /** A loss scale that has shrunk to this means that the weights, not the scale, make gradients overflow. */
    private static final double SMALLEST_SCALE = 0x1p-16;

    private final Optimization optimization;
    private final LearningRate rates;
    private final GradientClip clip;
    private final boolean scalesLoss;
    private final GradScaler scaler = new GradScaler(GradScaler.Settings.DEFAULT);
    private final Optimizer optimizer;
    private final PartRates parts;
    private final Ema ema;

    /**
     * The update of the weights in a step.
     *
     * @param gradientNorm before clipping
     * @param learningRate of the step
     * @param skipped      true if the weights were left alone since float16 gradients overflowed
     */
    public record Result(double gradientNorm, double learningRate, boolean skipped) {}

    /**
     * Begins with the weights that a model has.
     *
     * @param model        stays the caller's; the parameters that require gradients are moved
     * @param optimization how they move
     * @param steps        over which the learning rate changes
     * @param precision    of the loss: float16's is scaled
     */
    public WeightUpdate(Module model, Optimization optimization, long steps, Precision precision) {
        this.optimization = optimization;
        this.rates = optimization.rates(steps);
        this.clip = new GradientClip(optimization.gradientNorm());
        this.scalesLoss = precision.scalesLoss();
        this.optimizer = optimization.optimizer(model);
        this.parts = new PartRates(model, optimizer, optimization.rateFactors());
        this.ema = new Ema(model, optimization.emaDecay());
    }

    /** Returns the loss whose gradients {@link #apply} takes: larger where small gradients would vanish. */
    Tensor scaled(Tensor loss) {
        return scalesLoss ? scaler.scale(loss) : loss;
    }

    /** Returns the learning rate of the step after so many. */
    public double rate(long stepsMade) {
        return rates.at(stepsMade);
    }

    /**
     * Moves the weights by their gradients, which are then gone.
     *
     * @param stepsMade before this one
     * @param loss      of the step, for the message of an exception
     * @param ranks     whose gradients are the same
     * @throws NonFiniteException if the norm is infinite or not a number and no smaller scale of the loss can help; weights,
     *     moments and EMA are then those before the step
     */
    public Result apply(long stepsMade, Record loss, Ranks ranks) {
        try (TensorScope _ = TensorScope.open()) {
            List<Tensor> gradients = optimizer.gradients();
            boolean usable = !scalesLoss || scaler.unscale(gradients);
            double norm = usable ? ranks.first(clip.norm(gradients)) : Double.POSITIVE_INFINITY;
            boolean finite = Double.isFinite(norm);
            if (!finite && (!scalesLoss || scaler.state().scale() < SMALLEST_SCALE)) {
                throw new NonFiniteException(stepsMade + 1, loss, "the norm of the gradients");
            }
            double rate = rate(stepsMade);
            if (finite) {
                clip.scale(gradients, norm);
                parts.step(rate);
            }
            ema.update(optimization.emaDecayAt(stepsMade));
            return new Result(norm, rate, !finite);
        } finally {
            optimizer.clearGradients();
        }
    }

    /** Returns the optimizer, which holds the moments. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** Returns the exponential moving average of the weights. */
    public Ema ema() {
        return ema;
    }

    GradScaler scaler() {
        return scaler;
    }

    /** Frees moments and EMA. Closing twice has no effect. */
    @Override
    public void close() {
        optimizer.close();
        ema.close();
    }
}
