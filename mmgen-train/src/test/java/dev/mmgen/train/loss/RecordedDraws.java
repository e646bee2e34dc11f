package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.random.Draws;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Draws that the reference made. It has two generators, PyTorch's and NumPy's; the draws of each are given out in the
 * recorded order, and must be asked for in the recorded kind and shape.
 */
public final class RecordedDraws implements Draws {

    private final StateDict recording;
    private final Deque<JsonNode> torch = new ArrayDeque<>();
    private final Deque<JsonNode> numpy = new ArrayDeque<>();

    /** Replays the draws that a manifest lists. */
    public RecordedDraws(StateDict recording, JsonNode draws) {
        this.recording = recording;
        for (JsonNode draw : draws) {
            (draw.get("kind").asText().startsWith("np.") ? numpy : torch).add(draw);
        }
    }

    @Override
    public Tensor uniform(long... sizes) {
        return next(torch, "rand", sizes).copy();
    }

    @Override
    public Tensor normal(long... sizes) {
        return next(torch, "randn", sizes).copy();
    }

    @Override
    public long[] integers(long low, long high, int count) {
        return next(torch, "randint", count).toLongs();
    }

    @Override
    public int[] choice(int population, int count) {
        return Arrays.stream(next(numpy, "np.choice", count).toLongs())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private Tensor next(Deque<JsonNode> draws, String kind, long... sizes) {
        JsonNode draw = draws.poll();
        assertThat(draw).as("a recorded %s of %s", kind, Arrays.toString(sizes)).isNotNull();
        String key = draw.get("key").asText();
        assertThat(draw.get("kind").asText()).as("kind of %s", key).isIn(kind, kind + "_like");
        assertThat(draw.get("shape").valueStream().mapToLong(JsonNode::asLong))
                .as("shape of %s", key)
                .containsExactly(Arrays.stream(sizes).boxed().toArray(Long[]::new));
        return recording.get(key);
    }

    /** Checks that everything recorded was asked for. */
    public void assertExhausted() {
        assertThat(torch).isEmpty();
        assertThat(numpy).isEmpty();
    }
}
