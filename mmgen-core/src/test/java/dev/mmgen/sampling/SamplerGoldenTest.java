package dev.mmgen.sampling;

import static dev.mmgen.RecordedTransformer.assertClose;
import static dev.mmgen.RecordedTransformer.leavingNothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mmgen.Goldens;
import dev.mmgen.RecordedTransformer;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Samplers against recorded runs of the reference: every state, every call of the model, every draw. */
class SamplerGoldenTest {

    private static final double LIMIT = 3e-5;
    private static final double MODEL_LIMIT = 2e-5;
    private static final double FLOAT64_LIMIT = 1e-12;

    @TestFactory
    Stream<DynamicTest> recordedRuns() {
        Goldens goldens = Goldens.folder("samplers");
        List<DynamicTest> tests = goldens.manifest().get("files").properties().stream()
                .filter(file -> file.getValue().path("kind").asString("").equals("sampler"))
                .map(file -> dynamicTest(
                        file.getKey(),
                        () -> leavingNothing(() -> new Replay(goldens, file.getKey(), file.getValue()).run())))
                .toList();
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    /** One recorded run. */
    private record Replay(Goldens goldens, String name, JsonNode description) {

        void run() {
            try (DiffusionTransformer model = RecordedTransformer.open(
                            goldens, description.get("weights").asString());
                    StateDict recording = RecordedTransformer.tensors(goldens, name);
                    ConditioningCache cache = new ConditioningCache(1 << 20);
                    TensorScope _ = TensorScope.open()) {
                Sampler sampler = sampler();
                RecordedNoise noise = new RecordedNoise(recording);
                Tensor latents = recording.get("latents");
                CheckedField field =
                        new CheckedField(velocity(model, recording, latents, cache), guidance(), recording);
                Tensor result = sampler.sample(
                        field, latents, sampler.grid(argument("num_steps").asInt()), noise, step -> {
                            String state = "state." + (step.index() - 1);
                            assertClose(state, step.latents(), recording.get(state), LIMIT);
                        });
                assertClose("final64", result, recording.get("final64"), LIMIT);
                noise.assertUsedUp();
                if (description.has("model_evaluations")) {
                    assertThat(field.calls)
                            .isEqualTo(description.get("model_evaluations").asInt());
                }
            }
        }

        private Sampler sampler() {
            if (description.get("sampler").asString().equals("euler_maruyama_sampler")) {
                return new EulerMaruyama();
            }
            return argument("heun").asBoolean(false) ? new Heun() : new Euler();
        }

        private Guidance guidance() {
            return Guidance.of(argument("cfg_scale").asDouble(1))
                    .within(
                            argument("guidance_low").asDouble(0),
                            argument("guidance_high").asDouble(1));
        }

        private JsonNode argument(String argument) {
            return description.get("arguments").path(argument);
        }

        private TransformerVelocity velocity(
                DiffusionTransformer model, StateDict recording, Tensor latents, ConditioningCache cache) {
            JsonNode task = argument("condition_task");
            List<Integer> held = task.isNumber() ? List.of(task.asInt()) : List.of();
            List<Constraint> constraints = new ArrayList<>();
            if (!held.isEmpty()) {
                float[] flags = new float[model.config().inputChannels()];
                int channels = model.config().latentChannels();
                Arrays.fill(flags, held.getFirst() * channels, (held.getFirst() + 1) * channels, 1);
                Tensor heldChannels = Torch.tensor(flags, 1, flags.length, 1, 1).to(DType.BOOL);
                constraints.add(new HeldChannels(heldChannels, latents.to(DType.FLOAT64)));
            }
            return new TransformerVelocity(
                    model,
                    Interpolant.named(argument("path_type").asString("linear")),
                    guidance(),
                    recording.get("y").toLongs(),
                    held,
                    argument("t_blend_start").asDouble(SamplingRequest.DEFAULT_HOLD_TIME),
                    constraints,
                    cache);
        }
    }

    /** Compares every call with the recorded one, where calls were recorded. */
    private static final class CheckedField implements VelocityField {
        private final TransformerVelocity velocity;
        private final Guidance guidance;
        private final StateDict recording;
        private int calls;

        CheckedField(TransformerVelocity velocity, Guidance guidance, StateDict recording) {
            this.velocity = velocity;
            this.guidance = guidance;
            this.recording = recording;
        }

        @Override
        public Interpolant path() {
            return velocity.path();
        }

        @Override
        public Tensor constrain(Tensor state, double time) {
            return velocity.constrain(state, time);
        }

        @Override
        public Tensor velocity(Tensor state, double time) {
            Tensor predicted = velocity.velocity(state, time);
            String call = "call." + calls++;
            if (recording.has(call + ".x")) {
                compare(call, state, time, predicted);
            }
            return predicted;
        }

        private void compare(String call, Tensor state, double time, Tensor predicted) {
            Tensor input = recording.get(call + ".x");
            boolean doubled = input.size(0) == 2 * state.size(0);
            assertThat(doubled).as("%s is guided", call).isEqualTo(guidance.appliesAt(time));
            List<Tensor> inputs = input.chunk(doubled ? 2 : 1, 0);
            List<Tensor> outputs = recording.get(call + ".out").chunk(doubled ? 2 : 1, 0);
            inputs.forEach(half -> assertClose(call + ".x", state, half, LIMIT));
            Tensor times = recording.get(call + ".t");
            Tensor ours = velocity.times(time, state.size(2), state.size(3))
                    .expand(times.shape().toArray());
            assertThat(ours.toFloats()).as(call + ".t").containsExactly(times.toFloats());
            Tensor expected = doubled
                    ? outputs.get(1).addScaled(outputs.get(0).sub(outputs.get(1)), guidance.scale())
                    : outputs.get(0);
            assertClose(call + ".out", predicted, expected, guidance.scale() * MODEL_LIMIT);
        }
    }

    @Test
    void scores() {
        Goldens goldens = Goldens.folder("samplers");
        leavingNothing(() -> {
            try (StateDict recording = RecordedTransformer.tensors(goldens, "score.safetensors");
                    TensorScope _ = TensorScope.open()) {
                for (String path : List.of("linear", "cosine")) {
                    Tensor score = Interpolant.named(path)
                            .score(recording.get("velocity"), recording.get("sample"), recording.get("t"));
                    assertClose("score." + path, score, recording.get("score." + path), FLOAT64_LIMIT);
                }
            }
        });
    }
}
