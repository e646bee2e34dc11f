package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import java.util.List;

/**
 * The random numbers of a run: first the initial latents in float32, then what a stochastic sampler asks for. Draws are made on
 * the CPU and copied from there, so that a seed means the same on every device. One thread at a time can use it.
 */
public interface NoiseSource extends AutoCloseable {

    /**
     * Draws from the standard normal distribution.
     *
     * @param dtype {@code FLOAT32} or {@code FLOAT64}
     * @param shape with the samples first: {@code [N, C, h, w]}
     * @return a new tensor in main memory, finite; it belongs to the {@link dev.mmgen.torch.TensorScope} that is open
     */
    Tensor normal(DType dtype, Shape shape);

    /** Draws float64 noise of a state's shape, and brings it to the state's device. */
    default Tensor normalLike(Tensor state) {
        return normal(DType.FLOAT64, state.shape()).to(state.device());
    }

    /** Frees the generators. */
    @Override
    default void close() {}

    /**
     * Gives every sample a stream of its own, which depends on the seed and on the sample's index alone: a sample comes
     * out the same whichever batch it is in. Two indices under one seed never share a stream.
     *
     * @param firstIndex the index of a batch's first sample among all samples
     */
    static NoiseSource perSample(long seed, long firstIndex) {
        return new PerSampleNoise(seed, firstIndex);
    }

    /**
     * The source of some samples of a batch.
     *
     * @param samples how many, at least 1
     */
    record Share(NoiseSource source, int samples) {}

    /** Joins sources of neighbouring samples to that of a whole batch, which closes them. */
    static NoiseSource joined(List<Share> shares) {
        return new JoinedNoise(List.copyOf(shares));
    }

    /**
     * Draws whole batches from one stream, as PyTorch does after {@code torch.manual_seed(seed)}: initial latents equal
     * {@code torch.randn(shape)}, a stochastic step's noise {@code torch.randn_like} of the float64 state.
     */
    static NoiseSource oneStream(long seed) {
        return new OneStreamNoise(seed);
    }
}
