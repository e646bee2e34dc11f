package dev.mmgen.train.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.FormulaWeights;
import dev.mmgen.Goldens;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.StoredArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class DinoV2GoldenTest {

    private static final double LIMIT = 5e-5;
    private static final long LONG_WIDTH = 768;

    private final Goldens goldens = Goldens.folder("dinov2");

    @TestFactory
    List<DynamicTest> tokensEqualTheReferences() {
        return tests(false);
    }

    @TestFactory
    @Tag("long")
    List<DynamicTest> tokensOfLargeModelsEqualTheReferences() {
        return tests(true);
    }

    private List<DynamicTest> tests(boolean large) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : goldens.manifest().get("files").properties()) {
            String kind = file.getValue().path("kind").asText("");
            JsonNode config = file.getValue().path("config");
            if (kind.equals("formula") && config.get("embed_dim").asLong() >= LONG_WIDTH == large) {
                tests.add(DynamicTest.dynamicTest(file.getKey(), () -> checkFormula(file.getKey(), file.getValue())));
            } else if (kind.equals("io") && !large) {
                tests.add(DynamicTest.dynamicTest(file.getKey(), () -> checkStored(file.getKey(), file.getValue())));
            }
        }
        return tests;
    }

    private void checkFormula(String name, JsonNode description) {
        JsonNode config = description.get("config");
        String prefix = description.get("key_prefix").asText();
        try (DinoV2 model = new DinoV2(DinoConfig.published(
                        config.get("embed_dim").asInt(),
                        config.get("depth").asInt(),
                        config.get("num_heads").asInt()));
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            FormulaWeights.fill(model, prefix);
            Tensor image = FormulaWeights.input(
                    prefix, "input/image", description.get("inputs").get("input/image"));
            check(model, image, goldens.arrays(name), description);
        }
    }

    private void checkStored(String name, JsonNode description) {
        String weights = description.get("weights").asText();
        JsonNode config = goldens.manifest().get("files").get(weights).get("config");
        int grid = config.get("img_size").asInt() / config.get("patch").asInt();
        Map<String, Goldens.Array> arrays = goldens.arrays(name);
        DinoConfig sizes = DinoConfig.published(
                        config.get("embed_dim").asInt(),
                        config.get("depth").asInt(),
                        config.get("num_heads").asInt())
                .withPatchSize(config.get("patch").asInt())
                .withTrainedGrid(grid);
        try (DinoV2 model = DinoV2.open(goldens.path(weights), sizes);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Goldens.Array levels = arrays.get("image_u8");
            long[] stored = levels.integers();
            float[] pixels = new float[stored.length];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (stored[i] - 128) / 40f;
            }
            check(model, Torch.tensor(pixels, longs(levels.shape())), arrays, description);
        }
    }

    private static void check(DinoV2 model, Tensor image, Map<String, Goldens.Array> arrays, JsonNode description) {
        Tensor tokens = model.tokens(image);
        Tensor table = PositionResampling.resample(
                model.parameters().get("pos_embed").value(), model.config().trainedGrid(), 16, 16);
        if (description.has("rows")) {
            long[] rows = description
                    .get("rows")
                    .valueStream()
                    .mapToLong(JsonNode::asLong)
                    .toArray();
            long[] withClass = new long[rows.length + 1];
            Arrays.setAll(withClass, i -> i == 0 ? 0 : rows[i - 1] + 1);
            assertClose(tokens.indexSelect(1, Torch.tensor(rows)), arrays.get("x_norm_patchtokens.rows"), LIMIT);
            assertClose(table.indexSelect(1, Torch.tensor(withClass)), arrays.get("pos_embed_16.rows"), 1e-6);
        } else {
            assertClose(tokens, arrays.get("x_norm_patchtokens"), LIMIT);
        }
        if (arrays.containsKey("pos_embed_16")) {
            assertClose(table, arrays.get("pos_embed_16"), 1e-6);
        }
        assertClose(model.summary(image), arrays.get("x_norm_clstoken"), LIMIT);
    }

    @Test
    void positionsAreResampledAsRecorded() {
        assumeTrue(goldens.manifest().get("files").has("pos_resample.safetensors"), "not among these recordings");
        Map<String, Goldens.Array> arrays = goldens.arrays("pos_resample.safetensors");
        try (TensorScope _ = TensorScope.open()) {
            Goldens.Array given = arrays.get("pos_embed");
            Tensor table = Torch.tensor(given.floats(), longs(given.shape()));
            int grid = (int) Math.round(Math.sqrt(given.shape()[1] - 1));
            arrays.forEach((key, expected) -> {
                if (key.startsWith("resampled.")) {
                    int side = Integer.parseInt(key.substring("resampled.".length()));
                    assertClose(PositionResampling.resample(table, grid, side, side), expected, 1e-6);
                }
            });
        }
    }

    @TestFactory
    List<DynamicTest> keysAreThoseOfThePublishedFiles() {
        Map<String, DinoConfig> configs = Map.of(
                "dinov2_vits14", DinoConfig.VIT_S14,
                "dinov2_vitb14", DinoConfig.VIT_B14,
                "dinov2_vitl14", DinoConfig.VIT_L14);
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> listing :
                goldens.json("listing_dinov2.json").properties()) {
            tests.add(DynamicTest.dynamicTest(listing.getKey(), () -> {
                try (DinoV2 model = new DinoV2(configs.get(listing.getKey()))) {
                    List<String> expected = new ArrayList<>();
                    for (JsonNode key : listing.getValue()) {
                        Shape shape = Shape.of(key.get(1)
                                .valueStream()
                                .mapToLong(JsonNode::asLong)
                                .toArray());
                        expected.add(key.get(0).asText() + " " + shape);
                    }
                    assertThat(model.parameters().entrySet().stream()
                                    .map(parameter -> parameter.getKey() + " "
                                            + parameter.getValue().shape()))
                            .containsExactlyInAnyOrderElementsOf(expected);
                }
            }));
        }
        return tests;
    }

    @Test
    void photosAreCroppedBeforeDinoV2(@TempDir Path folder) {
        try (DinoV2 model = new DinoV2(DinoConfig.published(8, 1, 2).withTrainedGrid(3));
                TensorScope _ = TensorScope.open()) {
            FormulaWeights.fill(model, "");
            Path file = folder.resolve("model.safetensors");
            try (StateDict state = model.state()) {
                Safetensors.write(file, state, Map.of());
            }
            RgbImage photo = RgbImage.of(60, 40, new byte[60 * 40 * 3]);
            StoredArray tokens = new DinoFeatures(model, Device.CPU, 28).encode(photo);
            assertThat(tokens.shape()).containsExactly(4, 8);
            try (DinoV2 opened = DinoV2.open(file, model.config())) {
                Tensor both = new DinoFeatures(opened, Device.CPU, 28).encode(List.of(photo, photo));
                float[] values = both.toFloats();
                assertThat(Arrays.copyOf(values, 32)).isEqualTo(tokens.values());
                assertThat(Arrays.copyOfRange(values, 32, 64)).isEqualTo(tokens.values());
            }
            assertThatThrownBy(() ->
                            DinoV2.open(file, DinoConfig.published(8, 2, 2).withTrainedGrid(3)))
                    .hasMessageContaining("blocks.1");
            assertThatThrownBy(() -> new DinoFeatures(model, Device.CPU, 30))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void imagesOfOtherShapesAreRefused() {
        try (DinoV2 model = new DinoV2(DinoConfig.published(8, 1, 2).withTrainedGrid(3));
                TensorScope _ = TensorScope.open()) {
            FormulaWeights.fill(model, "");
            assertThat(model.tokens(Torch.zeros(2, 3, 28, 42)).shape()).isEqualTo(Shape.of(2, 6, 8));
            for (Tensor images : List.of(
                    Torch.zeros(3, 28, 28),
                    Torch.zeros(1, 4, 28, 28),
                    Torch.zeros(1, 3, 28, 30),
                    Torch.zeros(1, 3, 0, 28))) {
                assertThatThrownBy(() -> model.tokens(images))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("multiples of 14");
            }
        }
        assertThatThrownBy(() -> DinoConfig.published(10, 1, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertClose(Tensor actual, Goldens.Array expected, double limit) {
        float[] wanted = expected.floats();
        float[] got = actual.toFloats();
        assertThat(actual.shape().toArray()).isEqualTo(longs(expected.shape()));
        double squares = 0;
        double worst = 0;
        for (int i = 0; i < wanted.length; i++) {
            squares += (double) wanted[i] * wanted[i];
            worst = Math.max(worst, Math.abs((double) got[i] - wanted[i]));
        }
        assertThat(worst / Math.sqrt(squares / wanted.length)).isLessThan(limit);
    }

    private static long[] longs(int[] shape) {
        return Arrays.stream(shape).asLongStream().toArray();
    }
}
