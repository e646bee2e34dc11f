package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mmgen.torch.Goldens;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Files of torch.save, written by the reference, read and written again. */
class CheckpointRewriteGoldensTest {

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> aRewrittenFileOfTheReferenceHoldsTheSame() {
        long liveBefore = Torch.liveTensors();
        Path recordings = Goldens.folder("checkpoint");
        return Goldens.manifest("checkpoint")
                .path("files")
                .propertyStream()
                .map(Map.Entry::getKey)
                .filter(name -> name.endsWith(".pt"))
                .map(name -> dynamicTest(name, () -> {
                    Path original = recordings.resolve(name);
                    Path copy = folder.resolve("copy_of_" + name);
                    try (TensorScope _ = TensorScope.open();
                            PickleCheckpoint checkpoint = PickleCheckpoint.open(original)) {
                        Map<String, Object> root = new LinkedHashMap<>();
                        for (String key : checkpoint.keys()) {
                            root.put(key, mapped(checkpoint, checkpoint.value(key)));
                        }
                        if (checkpoint.has("args")) {
                            root.put("args", new PythonValue.Namespace(attributes(checkpoint.value("args"))));
                        }
                        PickleCheckpoint.write(copy, root);
                    }
                    assertThat(unfolded(copy)).isEqualTo(unfolded(original));
                    assertThat(Torch.liveTensors()).isEqualTo(liveBefore);
                }));
    }

    private static Map<String, Object> attributes(Object args) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        ((Map<?, ?>) args).forEach((key, value) -> attributes.put((String) key, value));
        return attributes;
    }

    /** Returns the tree with tensors in place of their descriptions. */
    private static Object mapped(PickleCheckpoint checkpoint, Object value) {
        return switch (value) {
            case TensorInfo info -> checkpoint.tensor(info);
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(key, mapped(checkpoint, item)));
                yield copy;
            }
            case List<?> list -> {
                List<Object> copy = new ArrayList<>();
                list.forEach(item -> copy.add(mapped(checkpoint, item)));
                yield copy;
            }
            case null, default -> value;
        };
    }

    /** Returns every leaf of a file's tree in order, tensors as their type, shape and elements. */
    private static List<Object> unfolded(Path path) {
        List<Object> leaves = new ArrayList<>();
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            unfold(path, checkpoint.root(), leaves);
        }
        return leaves;
    }

    private static void unfold(Path path, Object value, List<Object> leaves) {
        switch (value) {
            case TensorInfo info -> leaves.addAll(List.of(info.dtype(), info.shape(), StoredValues.read(path, info)));
            case Map<?, ?> map -> {
                leaves.add("dict of " + map.size());
                map.forEach((key, item) -> {
                    leaves.add(key);
                    unfold(path, item, leaves);
                });
            }
            case List<?> list -> {
                leaves.add("list of " + list.size());
                list.forEach(item -> unfold(path, item, leaves));
            }
            case byte[] bytes -> leaves.add(Arrays.toString(bytes));
            case null, default -> leaves.add(value);
        }
    }
}
