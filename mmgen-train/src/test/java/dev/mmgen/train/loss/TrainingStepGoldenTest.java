package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.ReferenceConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.batch.TrainingBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Repeats recorded steps of the reference: loss, clipping, AdamW, moving average. */
class TrainingStepGoldenTest {

    private static final Goldens GOLDENS = Goldens.folder("train");

    private static final double LOSSES = 1e-5;
    private static final double NORMS_PERCENT = 1e-3;
    private static final double WEIGHTS_MAX = 3e-5;
    private static final double WEIGHTS_MEAN = 2e-7;
    private static final double AVERAGES_MAX = 5e-6;
    private static final double MOMENTS_TO_RMS = 1e-4;

    @TestFactory
    List<DynamicTest> everyRunAgrees() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : GOLDENS.manifest().get("files").properties()) {
            if (file.getValue().get("kind").asText().equals("train")) {
                tests.add(DynamicTest.dynamicTest(file.getKey(), () -> check(file.getKey(), file.getValue())));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private static void check(String file, JsonNode recording) {
        long before = Torch.liveTensors();
        try (Safetensors source = Safetensors.open(GOLDENS.path(file));
                StateDict recorded = source.load();
                DiffusionTransformer model = new DiffusionTransformer(ReferenceConfig.of(recording.get("config")))) {
            model.load(recorded.subset("init.").withPrefixRemoved("init."), Strictness.EXACT);
            model.requiresGrad(true);
            JsonNode hyper = recording.get("hyper");
            try (AdamW optimizer = new AdamW(model, settings(hyper));
                    Ema ema = new Ema(model, hyper.get("ema_decay").asDouble())) {
                for (int step = 0; step < recording.get("steps").asInt(); step++) {
                    makeStep(step, new Recording(recording, recorded), model, optimizer);
                    ema.update();
                }
                checkResult(recorded, model, optimizer, ema);
            }
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    private static AdamW.Settings settings(JsonNode hyper) {
        return new AdamW.Settings(
                hyper.get("betas").get(0).asDouble(),
                hyper.get("betas").get(1).asDouble(),
                hyper.get("weight_decay").asDouble(),
                hyper.get("eps").asDouble());
    }

    /** A recorded run: its settings and its tensors. */
    private record Recording(JsonNode settings, StateDict tensors) {}

    private static void makeStep(int step, Recording run, DiffusionTransformer model, AdamW optimizer) {
        JsonNode recording = run.settings;
        StateDict recorded = run.tensors;
        JsonNode hyper = recording.get("hyper");
        String prefix = "step." + step + ".";
        try (TensorScope _ = TensorScope.open()) {
            VelocityLoss loss =
                    ReferenceLoss.of(recording, hyper.get("proj_coeff").asDouble());
            ReferenceLoss.readyMade(recording)
                    .ifPresent(ready -> assertThat(loss).isEqualTo(ready));
            RecordedDraws draws =
                    new RecordedDraws(recorded, recording.get("draws").get(step));
            TrainingBatch batch = new TrainingBatch(
                    recorded.get(prefix + "images"), recorded.get(prefix + "y"), recorded.get(prefix + "feat.0"));
            LossTerms parts = loss.compute(PlainContext.of(model, draws, step), batch);
            draws.assertExhausted();
            assertScalar(parts.total(), recorded, prefix + "total");
            assertScalar(parts.velocity(), recorded, prefix + "denoise");
            assertThat(parts.alignment()).isNotNull();
            assertScalar(parts.alignment(), recorded, prefix + "proj");
            parts.total().backward();
            double norm = new GradientClip(hyper.get("max_grad_norm").asDouble()).apply(optimizer.gradients());
            assertThat(norm)
                    .isCloseTo(recorded.get(prefix + "grad_norm").item(), Percentage.withPercentage(NORMS_PERCENT));
            optimizer.step(hyper.get("lr").asDouble());
            optimizer.clearGradients();
        }
    }

    private static void assertScalar(Tensor actual, StateDict recorded, String key) {
        assertThat(actual.item()).as(key).isCloseTo(recorded.get(key).item(), within(LOSSES));
    }

    private static void checkResult(StateDict recorded, DiffusionTransformer model, AdamW optimizer, Ema ema) {
        try (TensorScope _ = TensorScope.open();
                StateDict weights = model.state();
                StateDict averages = ema.state();
                StateDict moments = optimizer.state()) {
            StateDict expectedWeights = recorded.subset("final.").withPrefixRemoved("final.");
            assertThat(expectedWeights.keys()).isNotEmpty().isSubsetOf(optimizer.keys());
            double sum = 0;
            long count = 0;
            for (String key : expectedWeights.keys()) {
                Tensor difference = difference(weights.get(key), expectedWeights.get(key));
                assertThat(difference.amax().item()).as("weights %s", key).isLessThanOrEqualTo(WEIGHTS_MAX);
                sum += difference.sum().item();
                count += difference.elements();
                assertThat(difference(averages.get(key), recorded.get("ema." + key))
                                .amax()
                                .item())
                        .as("average %s", key)
                        .isLessThanOrEqualTo(AVERAGES_MAX);
            }
            assertThat(sum / count).as("mean over all weights").isLessThanOrEqualTo(WEIGHTS_MEAN);
            StateDict expectedMoments = recorded.subset("opt.").withPrefixRemoved("opt.");
            for (String key : expectedMoments.keys()) {
                Tensor expected = expectedMoments.get(key);
                double rms = Math.sqrt(expected.to(DType.FLOAT64).pow(2).mean().item());
                assertThat(difference(moments.get(key), expected).amax().item())
                        .as("moment %s", key)
                        .isLessThanOrEqualTo(MOMENTS_TO_RMS * rms);
            }
        }
    }

    private static Tensor difference(Tensor actual, Tensor expected) {
        return actual.sub(expected).abs();
    }
}
