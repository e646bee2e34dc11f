package dev.mmgen.train.loss;

import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.Tensor;

/**
 * A batch as the model sees it, and what it is to answer. The tensors belong to the scope in which it was made.
 *
 * @param plan    what it teaches; its times are what the model is told
 * @param path    from data to noise
 * @param latents clean, {@code [N, M * C, h, w]}
 * @param noise   of the same shape
 * @param input   the model's input: their mixture, blank where the plan hides it
 * @param target  the true velocity
 * @param tasks   int64 {@code [N]}, see {@link ConditioningPlan#tasks}
 * @param labels  class ids after dropout, int64 {@code [N]}
 */
public record NoisyBatch(
        ConditioningPlan plan,
        Interpolant path,
        Tensor latents,
        Tensor noise,
        Tensor input,
        Tensor target,
        Tensor tasks,
        Tensor labels) {

    /** Brings times into a shape that broadcasts over latents. */
    static Tensor broadcast(Tensor times) {
        return times.rank() == 1 ? times.reshape(-1, 1, 1, 1) : times;
    }

    /** Returns the same data and noise, nothing hidden, at these times in the shape of the plan's. */
    public Tensor inputAt(Tensor times) {
        return path.mix(latents, noise, broadcast(times));
    }

    /** Returns the squared errors of a velocity, 0 where the plan does not supervise: {@code [N, M * C, h, w]}. */
    public Tensor squaredError(Tensor velocity) {
        Tensor error = velocity.sub(target);
        Tensor supervised = LatentShape.of(latents, plan.supervised().modalities())
                .perChannel(plan.supervised().toTensor())
                .to(target.device(), target.dtype());
        return error.mul(error).mul(supervised);
    }
}
