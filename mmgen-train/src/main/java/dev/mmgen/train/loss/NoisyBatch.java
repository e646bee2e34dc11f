package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.train.loss.LossContext.ModelInput;
import org.jspecify.annotations.Nullable;

/**
 * A batch as the model sees it, and what it is to answer. The tensors belong to the scope in which it was made.
 *
 * @param plan   what it teaches; its times are what the model is told
 * @param input  of the model: latents that are a mixture of data and noise, blank where the plan hides them, times, labels
 *               after dropout and {@linkplain ConditioningPlan#tasks tasks}
 * @param noise  {@code [N, M * C, h, w]}
 * @param target the true velocity, of the same shape
 * @param validity how much of each latent is known, {@code [N, M, h, w]}; null where all is
 */
record NoisyBatch(
        ConditioningPlan plan,
        ModelInput input,
        Tensor noise,
        Tensor target,
        @Nullable Tensor validity) {

    NoisyBatch(ConditioningPlan plan, ModelInput input, Tensor noise, Tensor target) {
        this(plan, input, noise, target, null);
    }

    /** Returns the same batch with another state, which is not compared yet. */
    NoisyBatch withInput(ModelInput other) {
        return new NoisyBatch(plan, other, noise, target, validity);
    }

    /** Returns the same batch that is to be answered otherwise. */
    NoisyBatch withTarget(Tensor other) {
        return new NoisyBatch(plan, input, noise, other, validity);
    }

    /** Brings times into a shape that broadcasts over latents. */
    static Tensor broadcast(Tensor times) {
        return times.rank() == 1 ? times.reshape(-1, 1, 1, 1) : times;
    }

    /** Returns the squared errors of a velocity, 0 where the plan does not supervise: {@code [N, M * C, h, w]}. */
    Tensor squaredError(Tensor velocity) {
        Tensor error = velocity.sub(target);
        return error.mul(error).mul(plan.supervised().overChannels(target));
    }
}
