package dev.mmgen.model;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/** Times as sinusoids: cosines first, then sines; times are not scaled by 1000 (reference: {@code positional_embedding}). */
final class TimeFrequencies {

    /** The length of an embedded time. */
    static final int COUNT = 256;

    private static final double LONGEST_WAVE = 10_000;

    private TimeFrequencies() {}

    /** Maps times {@code [...]} to {@code [..., 256]}; computed in float32 and then cast. */
    static Tensor of(Tensor times, DType dtype) {
        return TensorScope.keeping(() -> {
            Tensor phases =
                    times.to(DType.FLOAT32).unsqueeze(-1).mul(frequencies().to(times.device()));
            return Torch.cat(List.of(phases.cos(), phases.sin()), -1).to(dtype);
        });
    }

    private static Tensor frequencies() {
        int half = COUNT / 2;
        // In float32, step by step as PyTorch does it, so that the last bits agree.
        float slope = (float) -Math.log(LONGEST_WAVE);
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = (float) Math.exp(slope * i / half);
        }
        return Torch.tensor(frequencies);
    }
}
