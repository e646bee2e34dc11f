package dev.mmgen.sampling;

import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import java.util.function.Supplier;

/** A source of noise whose every draw is checked, so that it is named where it breaks its contract, in later steps too. */
final class CheckedNoise implements NoiseSource {

    private final NoiseSource noise;
    private final PartCheck check;

    private CheckedNoise(NoiseSource noise) {
        this.noise = noise;
        this.check = new PartCheck("noise source", NoiseSource.class, noise);
    }

    /** Takes a source from a request's supplier. */
    static NoiseSource from(Supplier<? extends NoiseSource> supplier) {
        return new CheckedNoise(
                new PartCheck("noise supplier", NoiseSource.class, supplier).value("get", supplier::get));
    }

    @Override
    public Tensor normal(DType dtype, Shape shape) {
        return check.tensor("normal", shape, dtype, () -> noise.normal(dtype, shape));
    }

    @Override
    public void close() {
        check.run("close", noise::close);
    }
}
