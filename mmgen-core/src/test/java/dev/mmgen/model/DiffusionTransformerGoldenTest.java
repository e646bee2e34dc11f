package dev.mmgen.model;

import static dev.mmgen.RecordedTransformer.assertClose;
import static dev.mmgen.RecordedTransformer.leavingNothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.FormulaWeights;
import dev.mmgen.Goldens;
import dev.mmgen.RecordedTransformer;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The transformer against recordings of the reference's: outputs, projections and what lies between. */
class DiffusionTransformerGoldenTest {

    private static final double SMALL_LIMIT = 2e-5;
    private static final double FULL_LIMIT = 5e-5;

    @TestFactory
    Stream<DynamicTest> smallModelsAgree() {
        Goldens goldens = Goldens.folder("sit_tiny");
        List<DynamicTest> tests = filesOfKind(goldens, "io")
                .map(file -> dynamicTest(
                        file.getKey(),
                        () -> leavingNothing(() -> {
                            String own = file.getKey().replace(".io.", ".weights.");
                            compareStages(
                                    goldens,
                                    file.getKey(),
                                    file.getValue().path("weights").asText(own));
                        })))
                .toList();
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    private static Stream<Map.Entry<String, JsonNode>> filesOfKind(Goldens goldens, String kind) {
        return goldens.manifest().get("files").properties().stream()
                .filter(file -> file.getValue().path("kind").asText("").equals(kind));
    }

    private static void compareStages(Goldens goldens, String name, String weightsName) {
        try (DiffusionTransformer model = RecordedTransformer.open(goldens, weightsName);
                StateDict io = RecordedTransformer.tensors(goldens, name);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            Tensor tasks = io.has("taskcond") ? io.get("taskcond") : null;
            var prediction = model.predict(io.get("x"), io.get("t"), io.get("y"), tasks);
            assertClose("out", prediction.velocity(), io.get("out"), SMALL_LIMIT);
            Tensor alone = model.forward(io.get("x"), io.get("t"), io.get("y"), tasks);
            assertClose("out of forward", alone, io.get("out"), SMALL_LIMIT);
            for (int i = 0; i < prediction.projections().size(); i++) {
                assertClose("zs." + i, prediction.projections().get(i), io.get("zs." + i), SMALL_LIMIT);
            }
            if (io.has("mid.c")) {
                compareInside(model, io, tasks);
            }
        }
    }

    private static void compareInside(DiffusionTransformer model, StateDict io, @Nullable Tensor tasks) {
        Tensor condition = model.modules(TimeEmbedder.class).getFirst().forward(io.get("t"));
        assertClose("mid.t_emb", condition, io.get("mid.t_emb"), SMALL_LIMIT);
        Tensor classes = model.classEmbedder().forward(io.get("y"));
        assertClose("mid.y_emb", classes, io.get("mid.y_emb"), SMALL_LIMIT);
        condition = condition.add(condition.rank() == 3 ? classes.unsqueeze(1) : classes);
        if (tasks != null) {
            Tensor task = model.modules(LabelEmbedder.class).getLast().forward(tasks);
            assertClose("mid.task_emb", task, io.get("mid.task_emb"), SMALL_LIMIT);
            condition = condition.add(task);
        }
        assertClose("mid.c", condition, io.get("mid.c"), SMALL_LIMIT);

        Tensor positions = model.parameters().get("pos_embed").value();
        Tensor tokens = model.patchEmbedder().forward(io.get("x")).add(positions);
        assertClose("mid.embed_pos", tokens, io.get("mid.embed_pos"), SMALL_LIMIT);
        List<TransformerBlock> blocks = model.modules(TransformerBlock.class);
        for (int i = 0; i < blocks.size(); i++) {
            tokens = blocks.get(i).forward(tokens, blocks.get(i).modulate(condition));
            assertClose("mid.block." + i, tokens, io.get("mid.block." + i), SMALL_LIMIT);
        }
    }

    @TestFactory
    Stream<DynamicTest> fullSizeModelsAgree() {
        Goldens goldens = Goldens.folder("sit_full");
        List<DynamicTest> tests = filesOfKind(goldens, "formula")
                .map(file -> dynamicTest(
                        file.getKey(),
                        () -> leavingNothing(() -> compareRows(goldens, file.getKey(), file.getValue()))))
                .toList();
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    private static void compareRows(Goldens goldens, String name, JsonNode description) {
        ObjectNode arguments = description.get("config").deepCopy();
        arguments.set("model", description.get("model"));
        String prefix = description.get("key_prefix").asText();
        try (DiffusionTransformer model = new DiffusionTransformer(RecordedTransformer.config(arguments));
                StateDict io = RecordedTransformer.tensors(goldens, name);
                Generator generator = Generator.seeded(0);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            model.initialize(generator);
            FormulaWeights.fill(model, prefix);
            Tensor latents = FormulaWeights.input(
                    prefix, "input/x", description.get("inputs").get("input/x"));
            var prediction = model.predict(latents, io.get("t"), io.get("y"), io.get("taskcond"));
            Tensor rows = prediction.velocity().indexSelect(2, index(description.get("rows")));
            assertClose("out.rows", rows, io.get("out.rows"), FULL_LIMIT);
            for (int i = 0; i < prediction.projections().size(); i++) {
                Tensor tokens = prediction.projections().get(i).indexSelect(1, index(description.get("tokens")));
                assertClose("zs." + i, tokens, io.get("zs." + i + ".rows"), FULL_LIMIT);
            }
            JsonNode sum = description.get("stats").get("out").get("sumabs");
            assertThat(prediction.velocity().abs().sum().item())
                    .isCloseTo(sum.asDouble(), Percentage.withPercentage(0.001));
        }
    }

    private static Tensor index(JsonNode numbers) {
        return Torch.tensor(numbers.valueStream().mapToLong(JsonNode::asLong).toArray());
    }
}
