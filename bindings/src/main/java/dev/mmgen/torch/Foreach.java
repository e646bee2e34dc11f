package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.util.List;

/**
 * Operators that change every tensor of a list in one call (PyTorch's {@code torch._foreach_*}). Call them inside
 * {@link Torch#noGrad}: they are not meant to be recorded for gradients. A call with an empty list has no effect.
 */
public final class Foreach {

    private Foreach() {}

    /** Multiplies all tensors by a scalar tensor. */
    public static void mul_(List<Tensor> tensors, Tensor factor) {
        List<Tensor> own = Call.copyOf(tensors);
        if (own.isEmpty()) {
            return;
        }
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_foreach_mul_(call.in(own), own.size(), call.in(factor), call.error()));
        }
    }

    /**
     * Multiplies all tensors by a scalar and reports whether all elements are finite.
     *
     * @param inverseScale  float32 {@code [1]}
     * @param foundInfinity float32 {@code [1]}; becomes 1 if an element is infinite or NaN, else it is left alone
     */
    public static void unscale_(List<Tensor> tensors, Tensor inverseScale, Tensor foundInfinity) {
        List<Tensor> own = Call.copyOf(tensors);
        if (own.isEmpty()) {
            return;
        }
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_foreach_unscale_(
                    call.in(own), own.size(), call.in(foundInfinity), call.in(inverseScale), call.error()));
        }
    }

    /**
     * Makes one AdamW step (Loshchilov and Hutter, 2019) in one pass over memory.
     *
     * @param state parameters, their gradients and moments
     * @param rate  learning rate
     * @param rule  the numbers that stay the same from step to step
     * @throws TorchException if tensors differ in shape, type or device, or overlap; nothing has changed then
     */
    public static void adamW_(AdamWLists state, double rate, AdamWRule rule) {
        int count = state.parameters.size();
        if (count == 0) {
            return;
        }
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_fused_adamw_(
                    call.in(state.parameters),
                    call.in(state.gradients),
                    call.in(state.moments.first),
                    call.in(state.moments.second),
                    call.in(state.moments.steps),
                    count,
                    rate,
                    rule.beta1,
                    rule.beta2,
                    rule.decay,
                    rule.epsilon,
                    0,
                    0,
                    call.error()));
        }
    }

    /**
     * The numbers of AdamW that stay the same from step to step.
     *
     * @param beta1   how much of the first moments is kept
     * @param beta2   how much of the second moments is kept
     * @param decay   decoupled weight decay, multiplied by the rate
     * @param epsilon added to the square root of the second moment
     */
    public record AdamWRule(double beta1, double beta2, double decay, double epsilon) {}

    /**
     * The moments of AdamW and their age, per parameter.
     *
     * @param first  means of gradients; changed
     * @param second means of squared gradients; changed
     * @param steps  float32 scalars: the number of each parameter's step, this one counted, so at least 1
     */
    public record Moments(List<Tensor> first, List<Tensor> second, List<Tensor> steps) {

        /** Copies the lists. */
        public Moments {
            first = Call.copyOf(first);
            second = Call.copyOf(second);
            steps = Call.copyOf(steps);
        }
    }

    /**
     * The tensors of an AdamW step: lists of equal length, which hold per index a parameter and what belongs to it, of its
     * shape, type and device. Any strides, save that no two elements which are changed may share memory.
     *
     * @param parameters changed
     * @param gradients  read
     * @param moments    changed
     */
    public record AdamWLists(List<Tensor> parameters, List<Tensor> gradients, Moments moments) {

        /**
         * Copies the lists and checks their lengths.
         *
         * @throws IllegalArgumentException if they differ
         */
        public AdamWLists {
            parameters = Call.copyOf(parameters);
            gradients = Call.copyOf(gradients);
            int count = parameters.size();
            if (gradients.size() != count
                    || moments.first.size() != count
                    || moments.second.size() != count
                    || moments.steps.size() != count) {
                throw new IllegalArgumentException("AdamW needs lists of one length, but got " + count + " parameters, "
                        + gradients.size() + " gradients, " + moments.first.size() + " and " + moments.second.size()
                        + " moments and " + moments.steps.size() + " steps");
            }
        }
    }
}
