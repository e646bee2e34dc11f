package dev.mmgen.sampling;

import static dev.mmgen.RecordedTransformer.assertClose;
import static dev.mmgen.RecordedTransformer.leavingNothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.RecordedTransformer;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Samplers against recorded runs of the reference: every state, every call of the model, every draw. */
class SamplerGoldenTest {

    private static final double LIMIT = 3e-5;
    private static final double MODEL_LIMIT = 2e-5;
    private static final double FLOAT64_LIMIT = 1e-12;

    @TestFactory
    Stream<DynamicTest> recordedRunsAgree() {
        Goldens goldens = Goldens.folder("samplers");
        List<DynamicTest> tests = goldens.manifest().get("files").properties().stream()
                .filter(file -> file.getValue().path("kind").asText("").equals("sampler"))
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
                            goldens, description.get("weights").asText());
                    StateDict recording = RecordedTransformer.tensors(goldens, name);
                    ConditioningCache cache = new ConditioningCache(1 << 20);
                    TensorScope _ = TensorScope.open()) {
                Sampler sampler = sampler();
                RecordedNoise noise = new RecordedNoise(recording);
                Tensor latents = recording.get("latents");
                CheckedField field = new CheckedField(
                        this,
                        recording,
                        new ModelVelocity(model, model.inputs(), request(model, recording), cache),
                        held(model, latents));
                TimeGrid grid = sampler.grid(argument("num_steps").asInt());
                Tensor result = new SamplerRun(sampler, field, grid, noise)
                        .onStep(step -> {
                            String state = "state." + (step.index() - 1);
                            assertClose(state, step.latents(), recording.get(state), LIMIT);
                        })
                        .from(latents);
                assertClose("final64", result, recording.get("final64"), LIMIT);
                noise.assertUsedUp();
                if (description.has("model_evaluations")) {
                    assertThat(field.calls)
                            .isEqualTo(description.get("model_evaluations").asInt());
                }
            }
        }

        private Sampler sampler() {
            if (description.get("sampler").asText().equals("euler_maruyama_sampler")) {
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

        private Interpolant path() {
            return Interpolant.named(argument("path_type").asText("linear"));
        }

        private SamplingRequest request(DiffusionTransformer model, StateDict recording) {
            int nullLabel = model.config().nullLabel();
            SamplingRequest.Builder request = SamplingRequest.of(Arrays.stream(
                                    recording.get("y").toLongs())
                            .mapToInt(label -> label == nullLabel ? SamplingRequest.NO_CLASS : Math.toIntExact(label))
                            .toArray())
                    .guidance(guidance())
                    .holdTime(argument("t_blend_start").asDouble(SamplingRequest.DEFAULT_HOLD_TIME));
            JsonNode task = argument("condition_task");
            if (task.isNumber()) {
                request.condition(task.asInt(), recording.get("latents"));
            }
            return request.build();
        }

        /** Returns how a condition is put into a state: recordings begin with the mix of it with its noise. */
        private UnaryOperator<Tensor> held(DiffusionTransformer model, Tensor latents) {
            JsonNode task = argument("condition_task");
            if (!task.isNumber()) {
                return UnaryOperator.identity();
            }
            float[] flags = new float[model.config().inputChannels()];
            int channels = model.config().latentChannels();
            Arrays.fill(flags, task.asInt() * channels, (task.asInt() + 1) * channels, 1);
            Tensor held = Torch.tensor(flags, 1, flags.length, 1, 1).to(DType.BOOL);
            Tensor values = latents.to(DType.FLOAT64);
            return state -> held.where(values, state);
        }
    }

    /** Compares every call with the recorded one, where calls were recorded. */
    private static final class CheckedField implements VelocityField {
        private final Guidance guidance;
        private final Interpolant path;
        private final StateDict recording;
        private final ModelVelocity velocity;
        private final UnaryOperator<Tensor> held;
        private int calls;

        CheckedField(Replay replay, StateDict recording, ModelVelocity velocity, UnaryOperator<Tensor> held) {
            this.guidance = replay.guidance();
            this.path = replay.path();
            this.recording = recording;
            this.velocity = velocity;
            this.held = held;
        }

        @Override
        public Interpolant path() {
            return path;
        }

        @Override
        public Tensor constrain(Tensor state, double time) {
            return held.apply(state);
        }

        @Override
        public Tensor velocity(Tensor state, double time) {
            Tensor predicted = velocity.at(state, time);
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
    void scoresAgree() {
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
