package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.Goldens;
import dev.mmgen.torch.Shape;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Hostile and damaged files: each must be refused for the reason that the recording gives, not for an accidental one.
 */
class RefusalGoldensTest {

    private static final Pattern CALL = Pattern.compile("pickle calls (\\S+)");

    /** What the message must say, by what the recording says is wrong. */
    private static final Map<String, String> EXPECTED = expected();

    private final Path folder = Goldens.folder("checkpoint");
    private final JsonNode manifest = Goldens.manifest("checkpoint");

    @TestFactory
    Stream<DynamicTest> hostileFilesAreRefused() {
        return manifest.path("refuse")
                .propertyStream()
                .filter(file -> !concernsTheModel(why(file.getValue())) && !isNumpy(why(file.getValue())))
                .map(file -> dynamicTest(file.getKey() + ": " + why(file.getValue()), () -> {
                    Path path = folder.resolve("refuse").resolve(file.getKey());
                    assertThatThrownBy(() -> open(path).close())
                            .isInstanceOf(WeightFileException.class)
                            .hasMessageContaining(file.getKey())
                            .hasMessageMatching("(?s).*(" + message(why(file.getValue())) + ").*");
                }));
    }

    /** torch.load refuses it unless it is told that NumPy is safe; here a number is data and nothing more. */
    @TestFactory
    Stream<DynamicTest> aNumpyScalarIsReadAsANumber() {
        return manifest.path("refuse")
                .propertyStream()
                .filter(file -> isNumpy(why(file.getValue())))
                .map(file -> dynamicTest(file.getKey(), () -> {
                    Path path = folder.resolve("refuse").resolve(file.getKey());
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
                        assertThat(checkpoint.root()).isEqualTo(Map.of("x", 1.5));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wellFormedFilesThatDoNotFitTheModelShowTheDifference() {
        return manifest.path("refuse")
                .propertyStream()
                .filter(file -> concernsTheModel(why(file.getValue())))
                .map(file -> dynamicTest(file.getKey() + ": " + why(file.getValue()), () -> {
                    Path path = folder.resolve("refuse").resolve(file.getKey());
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
                        if (why(file.getValue()).contains("no ema")) {
                            assertThat(checkpoint.has("ema")).isFalse();
                            assertThatThrownBy(() -> checkpoint.stateDict("ema"))
                                    .isInstanceOf(WeightFileException.class)
                                    .hasMessageContaining("has no entry 'ema'")
                                    .hasMessageContaining("model");
                            return;
                        }
                        Map<String, Shape> shapes = shapes(checkpoint.infos("ema"));
                        try (Safetensors model = Safetensors.open(folder.resolve("model_only.safetensors"))) {
                            Map<String, Shape> wanted = shapes(model.infos());
                            assertThat(shapes).isNotEqualTo(wanted);
                            shapes.entrySet().removeAll(Map.copyOf(wanted).entrySet());
                            assertThat(shapes).as("tensors that differ").hasSizeLessThanOrEqualTo(1);
                        }
                    }
                }));
    }

    private static AutoCloseable open(Path path) {
        return path.toString().endsWith(".pt") ? PickleCheckpoint.open(path) : WeightFile.open(path);
    }

    private static String why(JsonNode entry) {
        return entry.path("why").textValue();
    }

    private static boolean isNumpy(String why) {
        return why.contains("numpy scalar");
    }

    private static boolean concernsTheModel(String why) {
        return why.contains("lacks")
                || why.contains("one entry too few")
                || why.contains("surplus key")
                || why.contains("no ema");
    }

    private static Map<String, Shape> shapes(Map<String, TensorInfo> infos) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        infos.forEach((key, info) -> shapes.put(key, info.shape()));
        return shapes;
    }

    private static String message(String why) {
        Matcher call = CALL.matcher(why);
        if (call.find()) {
            String name = call.group(1);
            return "refused: .*" + Pattern.quote(name.substring(name.lastIndexOf('.') + 1));
        }
        return EXPECTED.entrySet().stream()
                .filter(entry -> why.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new AssertionError("unknown reason: " + why));
    }

    private static Map<String, String> expected() {
        Map<String, String> expected = new HashMap<>();
        expected.put("zip cut off", "is cut off: the zip directory");
        expected.put("empty file", "is empty");
        expected.put("neither zip nor legacy", "neither a zip archive nor a pickle");
        expected.put("missing", "refers to this storage but does not contain it|has no data.pkl");
        expected.put("storage record shorter", "the storage has \\d+ bytes but .* need \\d+");
        expected.put("byteorder", "big byte order");
        expected.put("stream ends early", "pickle is truncated");
        expected.put("unknown pickle opcode", "pickle opcode 0x");
        expected.put("view reaches past", "reaches past the end of its storage");
        expected.put("negative storage offset", "negative storage offset");
        expected.put("negative stride", "negative stride");
        expected.put("shape product overflows", "more elements than a 64-bit|overflow");
        expected.put("safetensors data shorter", "do not lie within the \\d+ bytes");
        expected.put("absurd header length", "header length \\d+ is over the format's limit");
        expected.put("header is not JSON", "header is not valid JSON");
        expected.put("shape does not match the byte range", "needs \\d+ bytes but the file gives it \\d+");
        expected.put("overlapping", "overlaps the tensor before it");
        expected.put("negative dimension", "negative number -\\d+ in shape");
        return expected;
    }
}
