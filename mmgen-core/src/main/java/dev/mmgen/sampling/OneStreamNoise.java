package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/** A noise source with one generator for whole batches. */
final class OneStreamNoise implements NoiseSource {

    private final Generator generator;

    OneStreamNoise(long seed) {
        this.generator = Generator.seeded(seed);
    }

    @Override
    public Tensor normal(DType dtype, Shape shape) {
        return Torch.randn(generator, dtype, shape.toArray());
    }

    @Override
    public void close() {
        generator.close();
    }
}
