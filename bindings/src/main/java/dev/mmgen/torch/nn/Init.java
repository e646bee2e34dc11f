package dev.mmgen.torch.nn;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/**
 * The rule by which a parameter gets its first value.
 */
@FunctionalInterface
public interface Init {

    /** All zeros. */
    Init ZEROS = (tensor, _) -> tensor.fill_(0);

    /** All ones. */
    Init ONES = (tensor, _) -> tensor.fill_(1);

    /** Overwrites a tensor in place with draws from a generator. */
    void fill(Tensor tensor, Generator generator);

    /** Normal with mean 0. */
    static Init normal(double deviation) {
        return (tensor, generator) -> Torch.normal_(tensor, 0, deviation, generator);
    }

    /** Uniform between -bound and bound. */
    static Init uniform(double bound) {
        return (tensor, generator) -> Torch.uniform_(tensor, -bound, bound, generator);
    }

    /** Glorot and Bengio: uniform with the bound {@code sqrt(6 / (fanIn + fanOut))}; filters count as flattened rows. */
    static Init xavierUniform() {
        return (tensor, generator) -> {
            Shape shape = tensor.shape();
            long fanOut = shape.size(0);
            long fanIn = shape.elements() / fanOut;
            double bound = Math.sqrt(6.0 / (fanIn + fanOut));
            Torch.uniform_(tensor, -bound, bound, generator);
        };
    }
}
