package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Goldens;
import dev.mmgen.torch.Shape;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Files of torch.save and safetensors written by the reference, against their recorded contents. */
class CheckpointGoldensTest {

    private static final String CONTENTS = ".contents.safetensors";

    private final Path folder = Goldens.folder("checkpoint");
    private final JsonNode files = Goldens.manifest("checkpoint").path("files");

    @TestFactory
    Stream<DynamicTest> everyFileOpens() {
        return files.propertyStream()
                .map(Map.Entry::getKey)
                .map(name -> dynamicTest(name, () -> {
                    if (name.endsWith(".pt")) {
                        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(folder.resolve(name))) {
                            assertThat(checkpoint.root()).isInstanceOf(Map.class);
                            assertThat(checkpoint.keys()).isNotEmpty();
                        }
                    } else {
                        try (WeightFile file = WeightFile.open(folder.resolve(name))) {
                            assertThat(file.infos()).isNotEmpty();
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> safetensorsListTheirTensors() {
        return withField("tensors")
                .map(file -> dynamicTest(file.getKey(), () -> {
                    try (Safetensors opened = Safetensors.open(folder.resolve(file.getKey()))) {
                        Map<String, String> expected = new LinkedHashMap<>();
                        file.getValue()
                                .path("tensors")
                                .forEachEntry((key, tensor) ->
                                        expected.put(key, tensor.get(0).textValue() + tensor.get(1)));
                        Map<String, String> found = new LinkedHashMap<>();
                        opened.infos()
                                .forEach((key, info) -> found.put(
                                        key,
                                        info.dtype().torchName()
                                                + info.shape().toString().replace(" ", "")));
                        assertThat(found).isEqualTo(expected);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> tensorsHaveTheRecordedStrides() {
        return withField("strides")
                .map(file -> dynamicTest(file.getKey(), () -> {
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(folder.resolve(file.getKey()))) {
                        Map<String, TensorInfo> infos = checkpoint.infos();
                        JsonNode strides = file.getValue().path("strides");
                        assertThat(infos.keySet())
                                .containsExactlyElementsOf(strides.propertyStream()
                                        .map(Map.Entry::getKey)
                                        .toList());
                        strides.forEachEntry((key, expected) -> {
                            TensorInfo info = infos.get(key);
                            assertThat("torch." + info.dtype().torchName())
                                    .as(key)
                                    .isEqualTo(expected.path("dtype").textValue());
                            assertThat(info.shape()).as(key).isEqualTo(Shape.of(longs(expected.path("shape"))));
                            assertThat(info.strides().stream().mapToLong(Long::longValue))
                                    .as(key)
                                    .containsExactly(box(longs(expected.path("stride"))));
                            assertThat(info.storageOffset())
                                    .as(key)
                                    .isEqualTo(expected.path("offset").longValue());
                        });
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> tensorsHaveTheRecordedValues() {
        return checkpointsWithContents()
                .map(pair -> dynamicTest(pair.checkpoint(), () -> {
                    Path path = folder.resolve(pair.checkpoint());
                    Path contents = folder.resolve(pair.contents());
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path);
                            Safetensors expected = Safetensors.open(contents)) {
                        Map<String, TensorInfo> tensors = flattened(checkpoint, pair);
                        assertThat(tensors.keySet())
                                .containsExactlyInAnyOrderElementsOf(
                                        expected.infos().keySet());
                        tensors.forEach((key, info) -> {
                            TensorInfo other = expected.infos().get(key);
                            assertThat(info.shape()).as(key).isEqualTo(other.shape());
                            assertThat(StoredValues.read(path, info))
                                    .as(key)
                                    .isEqualTo(StoredValues.read(contents, other));
                        });
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> trainingCheckpointsCarryTheirSettings() {
        return checkpointsWithContents()
                .filter(pair -> trainingEntry(pair) != null)
                .map(pair -> dynamicTest(pair.checkpoint(), () -> {
                    JsonNode entry = trainingEntry(pair);
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(folder.resolve(pair.checkpoint()))) {
                        assertThat(checkpoint.keys()).contains("model", "ema", "opt", "args", "steps");
                        assertThat(checkpoint.value("steps"))
                                .isEqualTo(entry.path("steps").longValue());
                        assertThat(checkpoint.value("args")).isEqualTo(plain(entry.path("args")));
                        List<?> groups = (List<?>) ((Map<?, ?>) checkpoint.value("opt")).get("param_groups");
                        assertThat(groups).hasSize(entry.path("param_groups").size());
                        for (int i = 0; i < groups.size(); i++) {
                            Map<?, ?> recorded =
                                    (Map<?, ?>) plain(entry.path("param_groups").get(i));
                            Map<Object, Object> group = new LinkedHashMap<>((Map<?, ?>) groups.get(i));
                            group.keySet().retainAll(recorded.keySet());
                            assertThat(group).isEqualTo(recorded);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> smallFilesOfEveryLayoutHoldTheSame() {
        return files.propertyStream()
                .map(Map.Entry::getKey)
                .filter(name -> name.startsWith("small") && name.endsWith(".pt"))
                .map(name -> dynamicTest(name, () -> {
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(folder.resolve(name))) {
                        assertThat(checkpoint.keys()).containsExactly("w", "steps");
                        assertThat(checkpoint.value("steps")).isEqualTo(7L);
                        TensorInfo w = (TensorInfo) checkpoint.value("w");
                        assertThat(w.shape()).isEqualTo(Shape.of(2, 3));
                        assertThat(StoredValues.read(checkpoint.path(), w))
                                .containsExactly(0.0, 1.0, 2.0, 3.0, 4.0, 5.0);
                    }
                }));
    }

    @Test
    void ordinaryContainersAndScalarsAreRead() {
        assumeTrue(files.has("nested_plain_objects.pt"), "only some recordings have this file");
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(folder.resolve("nested_plain_objects.pt"))) {
            assertThat((Map<?, ?>) checkpoint.value("od")).hasSize(2);
            List<Object> list = new ArrayList<>(List.of(1L, 2.5, "x"));
            list.add(null);
            list.addAll(List.of(true, List.of(3L, 4L)));
            assertThat(checkpoint.value("list")).isEqualTo(list);
            assertThat(checkpoint.value("big")).isEqualTo(BigInteger.TWO.pow(70));
            assertThat(checkpoint.value("neg")).isEqualTo(-(1L << 40));
            assertThat(checkpoint.value("set")).isEqualTo(Set.of(1L, 2L));
            assertThat(checkpoint.value("size")).isEqualTo(List.of(2L, 3L));
            assertThat(checkpoint.value("dtype")).isEqualTo(DType.FLOAT16);
            assertThat(checkpoint.value("unicode")).isEqualTo("naïve ☃");
            assertThat((String) checkpoint.value("long")).matches("y{300}");
            assertThat(checkpoint.value("bytes")).isEqualTo("\0\1".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(checkpoint.value("dev")).isEqualTo("cpu");
            assertThat(checkpoint.has("complex")).isTrue();
            assertThat(checkpoint.value("complex")).isNull();
        }
    }

    private record Pair(String checkpoint, String contents) {}

    private Stream<Map.Entry<String, JsonNode>> withField(String field) {
        return files.propertyStream().filter(file -> file.getValue().has(field));
    }

    private Stream<Pair> checkpointsWithContents() {
        return files.propertyStream()
                .map(Map.Entry::getKey)
                .filter(name -> name.endsWith(CONTENTS))
                .flatMap(contents -> {
                    String stem = contents.substring(0, contents.length() - CONTENTS.length());
                    return files.propertyStream()
                            .map(Map.Entry::getKey)
                            .filter(name -> name.startsWith(stem) && name.endsWith(".pt"))
                            .map(name -> new Pair(name, contents));
                });
    }

    private JsonNode trainingEntry(Pair pair) {
        String stem = pair.contents().substring(0, pair.contents().length() - CONTENTS.length());
        JsonNode entry = files.path(stem + ".pt");
        return entry.has("optimizer_parameter_order") ? entry : null;
    }

    private Map<String, TensorInfo> flattened(PickleCheckpoint checkpoint, Pair pair) {
        JsonNode training = trainingEntry(pair);
        if (training == null) {
            return checkpoint.infos();
        }
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        for (String part : List.of("model", "ema")) {
            checkpoint.infos(part).forEach((key, info) -> tensors.put(part + "." + key, info));
        }
        Map<?, ?> state = (Map<?, ?>) ((Map<?, ?>) checkpoint.value("opt")).get("state");
        state.forEach((index, slots) -> ((Map<?, ?>) slots)
                .forEach((slot, tensor) -> tensors.put(
                        "opt."
                                + training.path("optimizer_parameter_order")
                                        .get(((Long) index).intValue())
                                        .textValue()
                                + "." + slot,
                        (TensorInfo) tensor)));
        return tensors;
    }

    private static Object plain(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.forEachEntry((key, value) -> map.put(key, plain(value)));
            return map;
        }
        if (node.isArray()) {
            return node.valueStream().map(CheckpointGoldensTest::plain).toList();
        }
        if (node.isNull()) {
            return null;
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        return node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
    }

    private static long[] longs(JsonNode array) {
        return array.valueStream().mapToLong(JsonNode::longValue).toArray();
    }

    private static Long[] box(long[] values) {
        return Arrays.stream(values).boxed().toArray(Long[]::new);
    }
}
