package dev.mmgen.train.random;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/**
 * Random numbers from a seed, as the reference draws them on the CPU: PyTorch's generator, and NumPy's legacy one for
 * choices.
 */
public final class SeededDraws implements Draws, AutoCloseable {

    private final Generator generator;
    private final NumpyRandom numpy;

    /** Seeds both generators alike; NumPy's takes the lower 32 bits. */
    public SeededDraws(long seed) {
        this.generator = Generator.seeded(seed);
        this.numpy = new NumpyRandom((int) seed);
    }

    /**
     * Returns the draws of one training step. They depend on seed and step alone, so that a resumed run draws what an
     * uninterrupted one would have drawn.
     */
    public static SeededDraws ofStep(long seed, long step) {
        return new SeededDraws(scramble(scramble(seed) + step));
    }

    /** The finaliser of SplitMix64 (Steele et al., 2014): neighbouring numbers become unrelated ones. */
    private static long scramble(long number) {
        long mixed = number + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    @Override
    public Tensor uniform(long... sizes) {
        return Torch.rand(generator, DType.FLOAT32, sizes);
    }

    @Override
    public Tensor normal(long... sizes) {
        return Torch.randn(generator, DType.FLOAT32, sizes);
    }

    @Override
    public long[] integers(long low, long high, int count) {
        try (Tensor drawn = Torch.randint(generator, low, high, count)) {
            return drawn.toLongs();
        }
    }

    @Override
    public int[] choice(int population, int count) {
        return numpy.choice(population, count);
    }

    /** Frees the generator. Closing twice has no effect. */
    @Override
    public void close() {
        generator.close();
    }
}
