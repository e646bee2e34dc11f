package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;

/** The path on a quarter of a circle: {@code alpha = cos(t π / 2)}, {@code sigma = sin(t π / 2)}. */
public record CosineInterpolant() implements Interpolant {

    private static final double QUARTER_TURN = Math.PI / 2;

    @Override
    public String name() {
        return "cosine";
    }

    @Override
    public Tensor alpha(Tensor times) {
        return TensorScope.keeping(() -> times.mul(QUARTER_TURN).cos());
    }

    @Override
    public Tensor sigma(Tensor times) {
        return TensorScope.keeping(() -> times.mul(QUARTER_TURN).sin());
    }

    @Override
    public Tensor alphaRate(Tensor times) {
        return TensorScope.keeping(() -> sigma(times).mul(-QUARTER_TURN));
    }

    @Override
    public Tensor sigmaRate(Tensor times) {
        return TensorScope.keeping(() -> alpha(times).mul(QUARTER_TURN));
    }
}
