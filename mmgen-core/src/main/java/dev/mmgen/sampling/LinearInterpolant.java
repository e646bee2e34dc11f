package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/** The straight path: {@code alpha = 1 - t}, {@code sigma = t}; its velocity is {@code noise - data} at every time. */
public record LinearInterpolant() implements Interpolant {

    @Override
    public String name() {
        return "linear";
    }

    @Override
    public Tensor alpha(Tensor times) {
        return TensorScope.keeping(() -> times.neg().add(1));
    }

    @Override
    public Tensor sigma(Tensor times) {
        return times.mul(1);
    }

    @Override
    public Tensor alphaRate(Tensor times) {
        return constant(-1, times);
    }

    @Override
    public Tensor sigmaRate(Tensor times) {
        return constant(1, times);
    }

    private static Tensor constant(double value, Tensor like) {
        return Torch.full(value, like.dtype(), like.device(), like.shape());
    }
}
