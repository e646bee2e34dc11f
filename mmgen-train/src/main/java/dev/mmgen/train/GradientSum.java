package dev.mmgen.train;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ReduceOp;
import dev.mmgen.torch.nn.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The sum of gradients over all ranks, in place. A parameter that has a gradient on some rank has one on all of them afterwards.
 *
 * @param group whose processes call this for the same parameters in the same order
 */
record GradientSum(ProcessGroup group) {

    /** Adds the gradients of those parameters that are trained. */
    void of(Collection<Parameter> parameters) {
        List<Tensor> trained = parameters.stream()
                .map(Parameter::value)
                .filter(Tensor::requiresGrad)
                .toList();
        try (TensorScope _ = TensorScope.open()) {
            Tensor present = Torch.tensor(
                    trained.stream()
                            .mapToLong(value -> value.grad() == null ? 0 : 1)
                            .toArray(),
                    trained.size());
            group.allReduce(present, ReduceOp.MAX);
            long[] somewhere = present.toLongs();
            List<Tensor> gradients = new ArrayList<>();
            for (int i = 0; i < somewhere.length; i++) {
                if (somewhere[i] != 0) {
                    gradients.add(gradient(trained.get(i)));
                }
            }
            new TensorBuckets(bucket -> group.allReduceAsync(bucket, ReduceOp.SUM)).exchange(gradients);
        }
    }

    private static Tensor gradient(Tensor value) {
        Tensor present = value.grad();
        if (present != null) {
            return present;
        }
        // The way to a gradient of zeros.
        try (GradMode _ = Torch.enableGrad()) {
            value.mul(0).sum().backward();
        }
        Tensor made = value.grad();
        if (made == null) {
            throw new IllegalStateException("a parameter of shape " + value.shape() + " takes no gradient");
        }
        return made;
    }
}
