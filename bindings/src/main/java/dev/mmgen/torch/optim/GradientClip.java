package dev.mmgen.torch.optim;

import dev.mmgen.torch.Foreach;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * A limit of the common Euclidean norm of all gradients, above which they are scaled down together (Pascanu et al., 2013).
 *
 * @param limit the largest norm that is left alone, above 0; with infinity the norm is only measured
 */
public record GradientClip(double limit) {

    /** The addend that keeps the quotient finite, PyTorch's number. */
    private static final double SMALL = 1e-6;

    /**
     * Checks the limit.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public GradientClip {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("the limit of gradient norms is " + limit + "; it must be positive");
        }
    }

    /**
     * Scales gradients in place.
     *
     * @return their norm before; infinite or NaN if one of them is, and the step is then to be skipped
     */
    public double apply(List<Tensor> gradients) {
        double norm = norm(gradients);
        scale(gradients, norm);
        return norm;
    }

    /** Returns the common norm of gradients, 0 for none. */
    public double norm(List<Tensor> gradients) {
        if (gradients.isEmpty()) {
            return 0;
        }
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            return Torch.stack(gradients.stream().map(Tensor::norm).toList(), 0)
                    .norm()
                    .item();
        }
    }

    /** Scales gradients of a norm that was measured, by several processes for instance, in place. */
    public void scale(List<Tensor> gradients, double norm) {
        double factor = limit / (norm + SMALL);
        if (factor < 1 && !gradients.isEmpty()) {
            try (TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                Foreach.mul_(
                        gradients, Torch.scalar(factor).to(gradients.getFirst().device()));
            }
        }
    }
}
