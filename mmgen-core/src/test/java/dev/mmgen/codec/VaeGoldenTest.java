package dev.mmgen.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.FormulaWeights;
import dev.mmgen.Goldens;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Results of diffusers' AutoencoderKL, every entry of the manifest. */
@ExtendWith(TensorLeakCheck.class)
class VaeGoldenTest {

    private static final double MOMENTS_LIMIT = 5e-5;
    private static final double DECODED_LIMIT = 2e-4;
    private static final long LARGE_PIXELS = 128 * 128;

    private final Goldens goldens = Goldens.folder("vae");

    @TestFactory
    Stream<DynamicTest> networksOfStoredWeightsAgree() {
        return cases(entry -> entry.path("kind").asText("").equals("io"), this::checkStored);
    }

    @TestFactory
    Stream<DynamicTest> networksOfFormulaWeightsAgree() {
        return cases(entry -> isFormula(entry) && pixels(entry) <= LARGE_PIXELS, this::checkFormula);
    }

    @Tag("long")
    @TestFactory
    Stream<DynamicTest> networksOfFormulaWeightsAgreeOnLargeImages() {
        return cases(entry -> isFormula(entry) && pixels(entry) > LARGE_PIXELS, this::checkFormula);
    }

    @Test
    void theManifestHasCases() {
        assertThat(goldens.manifest().get("files").valueStream().filter(entry -> entry.has("config")))
                .isNotEmpty();
    }

    private Stream<DynamicTest> cases(Predicate<JsonNode> wanted, BiConsumer<String, JsonNode> check) {
        return goldens.manifest().get("files").properties().stream()
                .filter(entry -> wanted.test(entry.getValue()))
                .map(entry ->
                        DynamicTest.dynamicTest(entry.getKey(), () -> check.accept(entry.getKey(), entry.getValue())));
    }

    private static boolean isFormula(JsonNode entry) {
        return entry.path("kind").asText("").equals("formula");
    }

    private static long pixels(JsonNode entry) {
        JsonNode shape = entry.get("inputs").get("input/image").get("shape");
        return shape.get(2).asLong() * shape.get(3).asLong();
    }

    private void checkStored(String name, JsonNode entry) {
        Map<String, Goldens.Array> io = goldens.arrays(name);
        try (AutoencoderKl network = new AutoencoderKl(SmallAutoencoders.config(entry.get("config")));
                Safetensors file =
                        Safetensors.open(goldens.path(entry.get("weights").asText()));
                StateDict weights = file.load();
                TensorScope _ = TensorScope.open()) {
            network.load(weights);
            new Check(network, io, null).run(tensor(io.get("image")), tensor(io.get("z")));
        }
    }

    private void checkFormula(String name, JsonNode entry) {
        String prefix = entry.get("key_prefix").asText();
        JsonNode inputs = entry.get("inputs");
        try (AutoencoderKl network = new AutoencoderKl(SmallAutoencoders.config(entry.get("config")));
                TensorScope _ = TensorScope.open()) {
            FormulaWeights.fill(network, prefix);
            Tensor image = FormulaWeights.input(prefix, "input/image", inputs.get("input/image"));
            Tensor z = FormulaWeights.input(prefix, "input/z", inputs.get("input/z"));
            new Check(network, goldens.arrays(name), entry.get("rows")).run(image, z);
        }
    }

    /**
     * The check of a network against recorded tensors.
     *
     * @param rows those of decoded images that were recorded, or null for all
     */
    private record Check(AutoencoderKl network, Map<String, Goldens.Array> expected, JsonNode rows) {

        /** With gradients recorded and without: the kernels are others. */
        void run(Tensor image, Tensor z) {
            network.requiresGrad(true);
            encodeAndDecode(image, z);
            network.requiresGrad(false);
            encodeAndDecode(image, z);
        }

        private void encodeAndDecode(Tensor image, Tensor z) {
            Posterior posterior = network.encode(image);
            assertClose(posterior.mean(), expected.get("mean"), MOMENTS_LIMIT);
            assertClose(posterior.logvar(), expected.get("logvar"), MOMENTS_LIMIT);
            if (expected.containsKey("std")) {
                assertClose(posterior.std(), expected.get("std"), MOMENTS_LIMIT);
            }
            checkImage(network.decode(z), "decoded");
            checkImage(network.decode(posterior.mode()), "recon_mode");
        }

        private void checkImage(Tensor image, String name) {
            if (rows == null) {
                assertClose(image, expected.get(name), DECODED_LIMIT);
            } else {
                Tensor index = Torch.tensor(
                        rows.valueStream().mapToLong(JsonNode::asLong).toArray());
                assertClose(image.indexSelect(2, index), expected.get(name + ".rows"), DECODED_LIMIT);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> foldersOpen() {
        return goldens.manifest().get("files").properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> name.endsWith("/"))
                .map(name -> DynamicTest.dynamicTest(name, () -> checkFolder(name)));
    }

    /** A folder in the older naming is recorded with the folder that has the same weights. */
    private void checkFolder(String folder) {
        String weights = folder.replace("_legacy/", "/");
        String recording = goldens.manifest().get("files").properties().stream()
                .filter(entry -> entry.getValue().path("weights").asText("").startsWith(weights))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        Map<String, Goldens.Array> io = goldens.arrays(recording);
        try (AutoencoderKl network = AutoencoderFolder.open(goldens.path(folder));
                TensorScope _ = TensorScope.open()) {
            new Check(network, io, null).run(tensor(io.get("image")), tensor(io.get("z")));
        }
    }

    @Test
    void posteriorLimitsTheVariance() {
        Map<String, Goldens.Array> clamp = goldens.arrays("posterior_clamp.safetensors");
        try (TensorScope _ = TensorScope.open()) {
            Posterior posterior = Posterior.ofOutput(tensor(clamp.get("moments")));
            assertThat(posterior.mean().toFloats()).isEqualTo(clamp.get("mean").floats());
            assertThat(posterior.logvar().toFloats())
                    .isEqualTo(clamp.get("logvar").floats());
            assertClose(posterior.std(), clamp.get("std"), MOMENTS_LIMIT);
        }
    }

    @TestFactory
    Stream<DynamicTest> listingsNameEveryParameter() {
        return goldens.manifest().get("files").properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> name.startsWith("listing_"))
                .map(name -> DynamicTest.dynamicTest(name, () -> checkListing(goldens.json(name))));
    }

    private static void checkListing(JsonNode listing) {
        Map<String, Shape> expected = new LinkedHashMap<>();
        listing.get("keys_in_state_dict_order")
                .forEach(entry -> expected.put(
                        entry.get(0).asText(),
                        Shape.of(entry.get(1)
                                .valueStream()
                                .mapToLong(JsonNode::asLong)
                                .toArray())));
        try (AutoencoderKl network = new AutoencoderKl(SmallAutoencoders.config(listing.get("config")))) {
            Map<String, Shape> actual = new LinkedHashMap<>();
            network.parameters().forEach((key, parameter) -> actual.put(key, parameter.shape()));
            assertThat(actual).containsExactlyEntriesOf(expected);
            assertThat(network.parameterCount())
                    .isEqualTo(listing.get("parameters_total").asLong());
        }
    }

    private static Tensor tensor(Goldens.Array array) {
        return Torch.tensor(
                array.floats(), Arrays.stream(array.shape()).asLongStream().toArray());
    }

    private static void assertClose(Tensor actual, Goldens.Array expected, double limit) {
        assertThat(actual.shape().toArray())
                .isEqualTo(Arrays.stream(expected.shape()).asLongStream().toArray());
        float[] reference = expected.floats();
        float[] values = actual.toFloats();
        double worst = 0;
        double squares = 0;
        for (int i = 0; i < reference.length; i++) {
            double difference = Math.abs((double) values[i] - reference[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
            squares += (double) reference[i] * reference[i];
        }
        assertThat(worst / Math.sqrt(squares / reference.length))
                .as("largest difference over RMS")
                .isLessThan(limit);
    }
}
