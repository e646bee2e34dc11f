package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.ReferenceConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.random.SeededDraws;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Feeds the reference's random numbers to the loss and compares every result with what the reference made of them. */
class VelocityLossGoldenTest {

    private static final Goldens GOLDENS = Goldens.folder("interpolant_loss");

    private static final double INPUTS = 1e-6;

    /** Normal draws differ by up to 3e-6 from processor to processor. */
    private static final double DRAWN_INPUTS = 1e-5;

    private static final double OUTPUTS = 3e-5;
    private static final double SCALARS = 5e-6;
    private static final double GRADIENT_TO_GLOBAL_NORM = 1e-6;
    private static final double GRADIENT_TO_OWN_RMS = 1e-4;

    @TestFactory
    List<DynamicTest> everyCaseAgrees() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : GOLDENS.manifest().get("files").properties()) {
            if (file.getValue().get("kind").asText().equals("case")) {
                tests.add(DynamicTest.dynamicTest(file.getKey(), () -> check(file.getKey(), file.getValue())));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    @Test
    void theReadyMadeLossesAreThoseOfTheScripts() {
        List<VelocityLoss> seen = new ArrayList<>();
        GOLDENS.manifest().get("files").properties().stream()
                .map(Map.Entry::getValue)
                .filter(recording -> recording.get("kind").asText().equals("case"))
                .forEach(recording -> ReferenceLoss.readyMade(recording).ifPresent(loss -> {
                    assertThat(ReferenceLoss.of(recording, 0.5)).isEqualTo(loss);
                    seen.add(loss);
                }));
        assertThat(seen).contains(VelocityLoss.released());
    }

    private static void check(String file, JsonNode recording) {
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open();
                StateDict recorded = load(file);
                StateDict weights = load(recording.get("weights").asText());
                DiffusionTransformer model = new DiffusionTransformer(ReferenceConfig.of(recording.get("config")))) {
            model.load(weights);
            model.requiresGrad(true);
            VelocityLoss loss =
                    ReferenceLoss.of(recording, recording.get("proj_coeff").asDouble());
            RecordedDraws draws = new RecordedDraws(recorded, recording.get("draws"));
            TrainingBatch clean = new TrainingBatch(recorded.get("images"), recorded.get("y"), recorded.get("feat.0"));
            NoisyBatch batch = loss.prepare(model.config(), clean, draws);
            draws.assertExhausted();
            PlainContext context = PlainContext.of(model, draws, 0);
            checkBatch(batch, recorded, INPUTS);
            checkAnswer(context, batch, recorded);
            LossTerms parts = loss.compare(context, clean, batch);
            checkLoss(parts, recorded);
            parts.total().backward();
            checkGradients(model, recorded);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    private static StateDict load(String file) {
        try (Safetensors source = Safetensors.open(GOLDENS.path(file))) {
            return source.load();
        }
    }

    private static void checkBatch(NoisyBatch batch, StateDict recorded, double limit) {
        assertClose("model_input", batch.input().latents(), recorded.get("res.model_input"), limit);
        assertClose("time_input", batch.plan().times(), recorded.get("res.time_input"), limit);
        assertClose("target", batch.target(), recorded.get("res.target"), limit);
        assertThat(batch.input().labels().toLongs())
                .isEqualTo(recorded.get("res.labels").toLongs());
        assertThat(batch.input().tasks().toLongs())
                .isEqualTo(
                        recorded.has("res.taskcond")
                                ? recorded.get("res.taskcond").toLongs()
                                : new long[(int) batch.input().tasks().elements()]);
        ModalityMask supervised = batch.plan().supervised();
        if (recorded.has("res.mask_valid")) {
            LatentShape shape = LatentShape.of(batch.target(), supervised.modalities());
            Tensor perChannel = shape.perChannel(supervised.toTensor());
            assertThat(perChannel.toFloats())
                    .isEqualTo(recorded.get("res.mask_valid").toFloats());
        } else {
            assertThat(supervised.isFull()).isTrue();
        }
    }

    private static void checkAnswer(LossContext context, NoisyBatch batch, StateDict recorded) {
        try (GradMode _ = Torch.noGrad()) {
            VelocityModel.Prediction answer = context.predict(batch.input());
            assertClose("model_output", answer.velocity(), recorded.get("res.model_output"), OUTPUTS);
            assertClose("zs.0", answer.projections().getFirst(), recorded.get("res.zs.0"), OUTPUTS);
            if (recorded.has("res.elem_loss")) {
                assertClose("elem_loss", batch.squaredError(answer.velocity()), recorded.get("res.elem_loss"), OUTPUTS);
            }
        }
    }

    private static void checkLoss(LossTerms parts, StateDict recorded) {
        assertScalar("total", parts.total(), recorded, "res.total");
        assertScalar("velocity", parts.velocity(), recorded, "res.denoise_total");
        assertThat(parts.alignment()).isNotNull();
        assertScalar("alignment", parts.alignment(), recorded, "res.proj_loss");
        for (int m = 0; m < parts.supervised().length; m++) {
            String key = "log.loss/task_" + m;
            assertThat(parts.supervised()[m] > 0).as("%s is recorded", key).isEqualTo(recorded.has(key));
            if (recorded.has(key)) {
                assertScalar(key, parts.perModality().select(0, m), recorded, key);
            }
        }
    }

    private static void assertScalar(String name, Tensor actual, StateDict recorded, String key) {
        assertThat(actual.item()).as(name).isCloseTo(recorded.get(key).item(), within(SCALARS));
    }

    private static void checkGradients(DiffusionTransformer model, StateDict recorded) {
        Map<String, Tensor> expected = new LinkedHashMap<>();
        recorded.subset("grad.").asMap().forEach((key, value) -> expected.put(key.substring("grad.".length()), value));
        if (expected.isEmpty()) {
            return;
        }
        double squares = expected.values().stream()
                .mapToDouble(gradient -> gradient.to(DType.FLOAT64).pow(2).sum().item())
                .sum();
        model.parameters().forEach((key, parameter) -> {
            assertThat(expected.containsKey(key)).as("a gradient of %s", key).isNotEqualTo(parameter.isFrozen());
            if (!parameter.isFrozen()) {
                Tensor gradient = parameter.value().grad();
                Tensor wanted = expected.get(key);
                double difference = (gradient == null ? wanted : gradient.sub(wanted))
                        .abs()
                        .amax()
                        .item();
                assertThat(difference / Math.sqrt(squares))
                        .as("gradient of %s to global norm", key)
                        .isLessThanOrEqualTo(GRADIENT_TO_GLOBAL_NORM);
                assertThat(difference)
                        .as("gradient of %s", key)
                        .isLessThanOrEqualTo(GRADIENT_TO_OWN_RMS * rootMeanSquare(wanted));
            }
        });
    }

    private static void assertClose(String name, Tensor actual, Tensor expected, double limit) {
        assertThat(actual.shape()).as("shape of %s", name).isEqualTo(expected.shape());
        assertThat(actual.sub(expected).abs().amax().item())
                .as(name)
                .isLessThanOrEqualTo(limit * rootMeanSquare(expected));
    }

    private static double rootMeanSquare(Tensor tensor) {
        return Math.sqrt(tensor.to(DType.FLOAT64).pow(2).mean().item());
    }

    @Test
    void seedsGiveTheReferencesBatches() {
        for (Map.Entry<String, JsonNode> file : GOLDENS.manifest().get("files").properties()) {
            JsonNode recording = file.getValue();
            if (!recording.has("seeds")) {
                continue;
            }
            try (TensorScope _ = TensorScope.open();
                    StateDict recorded = load(file.getKey());
                    SeededDraws draws =
                            new SeededDraws(recording.get("seeds").get("torch").asLong())) {
                VelocityLoss loss =
                        ReferenceLoss.of(recording, recording.get("proj_coeff").asDouble());
                NoisyBatch batch = loss.prepare(
                        ReferenceConfig.of(recording.get("config")),
                        new TrainingBatch(recorded.get("images"), recorded.get("y")),
                        draws);
                checkBatch(batch, recorded, DRAWN_INPUTS);
            }
        }
    }
}
