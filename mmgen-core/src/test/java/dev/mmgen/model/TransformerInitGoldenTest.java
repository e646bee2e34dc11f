package dev.mmgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Compares fresh models, fixed tables and lists of keys with the recordings of the reference. */
class TransformerInitGoldenTest {

    private static final Goldens GOLDENS = Goldens.folder("sit_init");

    /** Vector and scalar code of the uniform and normal draws differ by this much. */
    private static final double DRAWS = 3e-6;

    @TestFactory
    List<DynamicTest> everyParameterStartsAsInTheReference() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> model : GOLDENS.json("init.json").properties()) {
            tests.add(DynamicTest.dynamicTest(model.getKey(), () -> checkParameters(model.getValue())));
        }
        return tests;
    }

    private static void checkParameters(JsonNode recording) {
        try (TensorScope _ = TensorScope.open();
                DiffusionTransformer model =
                        fresh(recording.get("config"), recording.get("seed").asLong())) {
            List<Map.Entry<String, Parameter>> parameters =
                    List.copyOf(model.parameters().entrySet());
            assertThat(parameters).hasSize(recording.get("parameters").size());
            for (JsonNode expected : recording.get("parameters")) {
                Map.Entry<String, Parameter> actual =
                        parameters.get(expected.get("index").asInt());
                assertThat(actual.getKey()).isEqualTo(expected.get("key").asText());
                assertThat(actual.getValue().shape().toArray()).isEqualTo(sizes(expected.get("shape")));
                assertThat(actual.getValue().isFrozen())
                        .isNotEqualTo(expected.get("trainable").asBoolean());
                checkDistribution(actual.getKey(), actual.getValue().value(), expected);
            }
        }
    }

    /** Mean and deviation of n draws scatter by about deviation / sqrt(n): six of those are allowed. */
    private static void checkDistribution(String key, Tensor value, JsonNode expected) {
        Tensor exact = value.to(DType.FLOAT64);
        double mean = exact.mean().item();
        double deviation = exact.sub(mean).pow(2).mean().sqrt().item();
        double largest = exact.abs().amax().item();
        String kind = expected.get("init").asText();
        double wanted = switch (kind) {
            case "zeros", "ones" -> 0;
            case "normal(0, 0.02)" -> 0.02;
            case "normal(0, 1)" -> 1;
            case "fixed 2-D sin-cos" -> expected.get("std").asDouble();
            default -> expected.get("bound").asDouble() / Math.sqrt(3);
        };
        double centre = switch (kind) {
            case "ones" -> 1;
            case "fixed 2-D sin-cos" -> expected.get("mean").asDouble();
            default -> 0;
        };
        double scatter = 6 * wanted / Math.sqrt(value.elements());
        assertThat(mean).as("mean of %s", key).isCloseTo(centre, within(scatter + 1e-9));
        assertThat(deviation).as("deviation of %s", key).isCloseTo(wanted, within(scatter + 1e-9));
        assertThat(mean)
                .as("mean of %s under the seed", key)
                .isCloseTo(expected.get("mean").asDouble(), within(DRAWS));
        assertThat(largest)
                .as("largest of %s under the seed", key)
                .isCloseTo(expected.get("max_abs").asDouble(), within(DRAWS));
        if (expected.has("bound")) {
            assertThat(largest)
                    .as("largest of %s", key)
                    .isLessThanOrEqualTo(expected.get("bound").asDouble() * (1 + 1e-6));
        }
    }

    @Test
    void aSeedGivesTheReferencesWeights() {
        JsonNode files = GOLDENS.manifest().get("files");
        for (Map.Entry<String, JsonNode> file : files.properties()) {
            JsonNode recording = file.getValue();
            if (!recording.has("seed")) {
                continue;
            }
            try (TensorScope _ = TensorScope.open();
                    Safetensors source = Safetensors.open(GOLDENS.path(file.getKey()));
                    StateDict expected = source.load();
                    DiffusionTransformer model =
                            fresh(recording.get("config"), recording.get("seed").asLong())) {
                model.parameters()
                        .forEach((key, parameter) -> assertThat(parameter
                                        .value()
                                        .sub(expected.get(key))
                                        .abs()
                                        .amax()
                                        .item())
                                .as(key)
                                .isLessThanOrEqualTo(DRAWS));
            }
        }
    }

    private static DiffusionTransformer fresh(JsonNode config, long seed) {
        DiffusionTransformer model = new DiffusionTransformer(ReferenceConfig.of(config));
        try (Generator generator = Generator.seeded(seed)) {
            model.initialize(generator);
        }
        return model;
    }

    @Test
    void positionTablesAgree() {
        try (TensorScope _ = TensorScope.open();
                Safetensors source = Safetensors.open(GOLDENS.path("pos_embed.safetensors"));
                StateDict tables = source.load()) {
            assertThat(tables.keys()).isNotEmpty();
            for (String key : tables.keys()) {
                String[] name = key.split("\\.");
                int grid = Integer.parseInt(name[2]);
                Tensor expected = tables.get(key);
                Tensor actual = PositionTable.of(grid, grid, Integer.parseInt(name[1]))
                        .tensor()
                        .select(0, 0)
                        .slice(0, 0, expected.size(0));
                assertThat(actual.sub(expected).abs().amax().item()).as(key).isLessThanOrEqualTo(1e-6);
            }
        }
    }

    @Test
    void timeFrequenciesAgree() {
        try (TensorScope _ = TensorScope.open();
                Safetensors source = Safetensors.open(GOLDENS.path("time_freq.safetensors"));
                StateDict recorded = source.load()) {
            Tensor times = recorded.get("t");
            Tensor error = TimeEmbedder.sinusoids(times, DType.FLOAT32)
                    .sub(recorded.get("freq"))
                    .abs();
            Tensor allowed = times.abs().maximum(Torch.scalar(1)).mul(1e-6).unsqueeze(-1);
            assertThat(error.sub(allowed).amax().item()).isLessThanOrEqualTo(0);
        }
    }

    @TestFactory
    List<DynamicTest> officialModelsHaveTheReferencesKeys() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> model :
                GOLDENS.json("listing_sit_mm4.json").properties()) {
            tests.add(DynamicTest.dynamicTest(model.getKey(), () -> checkListing(model.getKey(), model.getValue())));
        }
        return tests;
    }

    private static void checkListing(String name, JsonNode expected) {
        TransformerConfig config = TransformerConfig.sit(name);
        try (DiffusionTransformer model = new DiffusionTransformer(config)) {
            Map<String, Parameter> parameters = model.parameters();
            assertThat(model.parameterCount())
                    .isEqualTo(expected.get("parameters_total").asLong());
            assertThat(parameters.values().stream()
                            .filter(parameter -> !parameter.isFrozen())
                            .mapToLong(parameter -> parameter.shape().elements())
                            .sum())
                    .isEqualTo(expected.get("trainable").asLong());
            if (expected.has("keys_in_state_dict_order")) {
                List<String> actual = new ArrayList<>();
                parameters.forEach((key, parameter) -> actual.add(key + " " + parameter.shape()));
                List<String> wanted = new ArrayList<>();
                for (JsonNode entry : expected.get("keys_in_state_dict_order")) {
                    wanted.add(entry.get(0).asText() + " " + Shape.of(sizes(entry.get(1))));
                }
                assertThat(actual).isEqualTo(wanted);
            }
        }
    }

    private static long[] sizes(JsonNode shape) {
        return shape.valueStream().mapToLong(JsonNode::asLong).toArray();
    }
}
