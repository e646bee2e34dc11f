package dev.mmgen.train.label;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.train.random.PathSeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Pseudo-labels rendered by the reference's scripts. */
class RenderGoldenTest {

    private final Goldens goldens = Goldens.folder("render");

    @TestFactory
    List<DynamicTest> picturesEqualTheReferences() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : goldens.manifest().get("files").properties()) {
            Map<String, Goldens.Array> arrays = goldens.arrays(file.getKey());
            for (Map.Entry<String, JsonNode> given :
                    file.getValue().get("masks").properties()) {
                tests.add(DynamicTest.dynamicTest(
                        "masks " + given.getKey(), () -> checkMasks(given.getKey(), given.getValue(), arrays)));
            }
            for (Map.Entry<String, JsonNode> given :
                    file.getValue().get("image_seed").properties()) {
                int bar = given.getKey().indexOf('|');
                tests.add(DynamicTest.dynamicTest(
                        "seed " + given.getKey(),
                        () -> assertThat(PathSeed.of(
                                        Long.parseLong(given.getKey().substring(0, bar)),
                                        given.getKey().substring(bar + 1)))
                                .isEqualTo(given.getValue().asLong())));
            }
            arrays.forEach((key, array) -> {
                String number = key.substring(key.indexOf('.') + 1);
                if (key.startsWith("depth.")) {
                    tests.add(DynamicTest.dynamicTest(
                            key,
                            () -> assertThat(DepthRendering.levels(array.floats()))
                                    .isEqualTo(bytes(arrays.get("depth_out." + number)))));
                } else if (key.startsWith("u8in.")) {
                    tests.add(DynamicTest.dynamicTest(
                            key,
                            () -> assertThat(NormalRendering.levels(array.floats()))
                                    .isEqualTo(bytes(arrays.get("u8out." + number)))));
                }
            });
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private static void checkMasks(String number, JsonNode given, Map<String, Goldens.Array> arrays) {
        List<SegmentRendering.Segment> segments = new ArrayList<>();
        for (int i = 0; i < given.get("areas").size(); i++) {
            byte[] levels = bytes(arrays.get("masks." + number + "." + i));
            boolean[] inside = new boolean[levels.length];
            for (int k = 0; k < levels.length; k++) {
                inside[k] = levels[k] != 0;
            }
            segments.add(new SegmentRendering.Segment(given.get("areas").get(i).asLong(), inside));
        }
        Goldens.Array expected = arrays.get("rendered." + number);
        int height = expected.shape()[0];
        int width = expected.shape()[1];
        assertThat(SegmentRendering.render(
                                segments, width, height, given.get("seed").asLong())
                        .rgb())
                .isEqualTo(bytes(expected));
    }

    private static byte[] bytes(Goldens.Array array) {
        byte[] bytes = new byte[array.data().capacity()];
        array.data().duplicate().get(bytes);
        return bytes;
    }
}
