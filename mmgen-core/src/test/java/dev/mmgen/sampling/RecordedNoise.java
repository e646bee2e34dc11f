package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.StateDict;

/** Gives the recorded draws {@code noise.0}, {@code noise.1} and so on. */
final class RecordedNoise implements NoiseSource {

    private final StateDict recording;
    private int next;

    RecordedNoise(StateDict recording) {
        this.recording = recording;
    }

    @Override
    public Tensor normal(DType dtype, Shape shape) {
        Tensor draw = recording.get("noise." + next++);
        assertThat(draw.shape()).isEqualTo(shape);
        return draw.to(dtype);
    }

    /** Asserts that all recorded draws were used. */
    void assertUsedUp() {
        assertThat(recording.has("noise." + next))
                .as("recorded draw %s is left over", next)
                .isFalse();
    }
}
