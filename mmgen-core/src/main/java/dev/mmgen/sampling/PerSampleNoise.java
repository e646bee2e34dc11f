package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A noise source with one generator per sample. */
final class PerSampleNoise implements NoiseSource {

    private final long seed;
    private final long firstIndex;
    private final List<Generator> generators = new ArrayList<>();

    PerSampleNoise(long seed, long firstIndex) {
        if (firstIndex < 0) {
            throw new IllegalArgumentException("the first sample's index is " + firstIndex + "; indices count from 0");
        }
        this.seed = seed;
        this.firstIndex = firstIndex;
    }

    @Override
    public Tensor normal(DType dtype, Shape shape) {
        long[] sizes = shape.toArray();
        long[] one = Arrays.copyOfRange(sizes, 1, sizes.length);
        return TensorScope.keeping(() -> {
            List<Tensor> draws = new ArrayList<>();
            for (int i = 0; i < sizes[0]; i++) {
                draws.add(Torch.randn(generator(i), dtype, one));
            }
            return Torch.stack(draws, 0);
        });
    }

    private Generator generator(int sample) {
        if (sample == generators.size()) {
            generators.add(Generator.seeded(streamSeed(seed, firstIndex + sample)));
        }
        return generators.get(sample);
    }

    /**
     * The Mersenne twister is seeded with 32 bits. Scrambling them one to one after the index was added keeps the
     * streams of one seed apart; scrambling the seed first keeps neighbouring seeds from sharing all their streams but
     * one.
     */
    static long streamSeed(long seed, long index) {
        int start = scramble(scramble((int) seed) ^ (int) (seed >>> 32));
        return Integer.toUnsignedLong(scramble(start + (int) index));
    }

    /** The finaliser of MurmurHash3, a permutation of the 32-bit numbers. */
    private static int scramble(int bits) {
        int mixed = (bits ^ bits >>> 16) * 0x85ebca6b;
        mixed = (mixed ^ mixed >>> 13) * 0xc2b2ae35;
        return mixed ^ mixed >>> 16;
    }

    @Override
    public void close() {
        generators.forEach(Generator::close);
    }
}
