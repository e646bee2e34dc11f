package dev.mmgen.fuzz;

import dev.mmgen.fuzz.FileTarget.Form;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.FileAccess;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.torch.weights.WeightFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The readers of weight files. */
final class WeightTargets {

    private static final String CHECKPOINTS = "bindings/src/test/resources/goldens/checkpoint";

    private static final String PICKLE = "data.pkl";

    /** Larger tensors are not read: their numbers are the same over and over. */
    private static final long MOST_ELEMENTS = 1 << 20;

    private static final String[] JSON_WORDS = {
        "\"dtype\":",
        "\"shape\":",
        "\"data_offsets\":",
        "\"__metadata__\":",
        "\"F32\"",
        "\"BF16\"",
        "\"F8_E4M3\"",
        "\"I64\"",
        "\"BOOL\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "\"weight_map\":",
        "\"metadata\":",
        "\\u0000"
    };

    private WeightTargets() {}

    static Target archive() {
        List<byte[]> seeds = new ArrayList<>(Seeds.files(CHECKPOINTS + "/refuse", ".pt"));
        // The sound ones more often: most changes to a file that must be refused are not even looked at.
        for (int i = 0; i < 8; i++) {
            seeds.addAll(Seeds.files(CHECKPOINTS, ".pt"));
        }
        seeds.add(Seeds.written("a.pt", file -> PickleCheckpoint.write(file, tree())));
        return new FileTarget(Form.of("weights.pt", seeds, WeightFileException.class, WeightTargets::readCheckpoint)
                .finish((file, random) -> random.nextInt(8) == 0 ? file : ZipRepair.repaired(file)));
    }

    /** Pickles alone, each put in the place of a sound one, whose storages it will mostly find. */
    static Target pickle() {
        List<Map<String, byte[]>> archives = new ArrayList<>();
        List<byte[]> seeds = new ArrayList<>();
        List<byte[]> sound = new ArrayList<>(Seeds.files(CHECKPOINTS, ".pt"));
        sound.add(Seeds.written("a.pt", file -> PickleCheckpoint.write(file, tree())));
        for (byte[] archive : sound) {
            Map<String, byte[]> entries = ZipRepair.entries(archive);
            for (String name : entries.keySet()) {
                if (name.endsWith(PICKLE)) {
                    archives.add(entries);
                    seeds.add(entries.get(name));
                }
            }
        }
        return new FileTarget(Form.of("pickle.pt", seeds, WeightFileException.class, WeightTargets::readCheckpoint)
                .words(
                        "ctorch._utils\n_rebuild_tensor_v2\n",
                        "ctorch\nFloatStorage\n",
                        "ccollections\nOrderedDict\n",
                        "cargparse\nNamespace\n",
                        "cnumpy\ndtype\n",
                        "cbuiltins\neval\n",
                        "\u0080\u0002",
                        "X\u0001\u0000\u0000\u0000a",
                        "(",
                        "t",
                        "R",
                        "Q",
                        "]q\u0000",
                        "}q\u0001",
                        "h\u0000",
                        "0",
                        "2",
                        "s",
                        "u",
                        "a",
                        "e",
                        "b",
                        "\u0081",
                        "\u0085",
                        "\u0086",
                        "\u0087",
                        "\u008a\u0009\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
                        "J\u00ff\u00ff\u00ff\u007f",
                        ".")
                .finish((pickle, random) -> {
                    Map<String, byte[]> archive = archives.get(random.nextInt(archives.size()));
                    String name = archive.keySet().stream()
                            .filter(entry -> entry.endsWith(PICKLE))
                            .findFirst()
                            .orElseThrow();
                    return ZipRepair.archive(archive, name, pickle);
                }));
    }

    static Target legacy() {
        List<byte[]> seeds = Seeds.files(CHECKPOINTS, "legacy_nonzip.pt");
        return new FileTarget(Form.of("legacy.pt", seeds, WeightFileException.class, WeightTargets::readCheckpoint));
    }

    static Target safetensors() {
        List<byte[]> seeds = Seeds.all(
                Seeds.files(CHECKPOINTS, ".safetensors"),
                List.of(Seeds.written("a.safetensors", file -> Safetensors.write(file, tensors(), Map.of("a", "b")))));
        return new FileTarget(
                Form.of("weights.safetensors", seeds, WeightFileException.class, WeightTargets::readWeights)
                        .words(JSON_WORDS));
    }

    /** Headers alone, each put before the data of the sound file. */
    static Target safetensorsHeader() {
        byte[] whole = Seeds.written("a.safetensors", file -> Safetensors.write(file, tensors(), Map.of("a", "b")));
        int length = SafetensorsFiles.headerLength(whole);
        List<byte[]> seeds = List.of(SafetensorsFiles.header(whole));
        return new FileTarget(
                Form.of("header.safetensors", seeds, WeightFileException.class, WeightTargets::readWeights)
                        .words(JSON_WORDS)
                        .finish((header, _) -> SafetensorsFiles.withHeader(header, whole, Long.BYTES + length)));
    }

    static Target shards() {
        String index = """
                {"metadata": {"total_size": 128}, "weight_map": {"a": "model-00001-of-00002.safetensors",
                 "b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"}}
                """;
        return new FileTarget(Form.of(
                        "model.safetensors.index.json",
                        List.of(index.getBytes(StandardCharsets.UTF_8)),
                        WeightFileException.class,
                        WeightTargets::readWeights)
                .words(JSON_WORDS)
                .surroundings(folder -> {
                    try (TensorScope _ = TensorScope.open()) {
                        Safetensors.write(
                                folder.resolve("model-00001-of-00002.safetensors"),
                                Map.of("a", Torch.ones(4), "b", Torch.ones(2, 2)),
                                Map.of());
                        Safetensors.write(
                                folder.resolve("model-00002-of-00002.safetensors"),
                                Map.of("c", Torch.ones(2, 4)),
                                Map.of());
                    }
                }));
    }

    private static Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            tensors.put(
                    "layer." + dtype.torchName(),
                    Torch.full(1, dtype, Device.CPU, Shape.of(2, 64 / dtype.byteSize() / 2)));
        }
        tensors.put("scalar", Torch.scalar(2));
        tensors.put("none", Torch.zeros(0, 3));
        return tensors;
    }

    private static Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("ema", tensors());
        tree.put("opt", Map.of("state", Map.of(0, Map.of("step", Torch.scalar(3)))));
        tree.put("args", new PythonValue.Namespace(Map.of("model", "SiT-XL/2", "lr", 1e-4, "flag", true)));
        tree.put("list", List.of(1, -5L, 1L << 40, 2.5, "text", List.of()));
        return tree;
    }

    private static FileAccess access(Path file) throws IOException {
        return Files.size(file) % 2 == 0 ? FileAccess.MAP : FileAccess.READ;
    }

    static void readCheckpoint(Path file) throws IOException {
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file, access(file))) {
            List<TensorInfo> found = new ArrayList<>();
            collect(checkpoint.root(), found, 0);
            for (TensorInfo info : found) {
                try (Tensor tensor = checkpoint.tensor(info)) {
                    look(tensor);
                }
            }
            for (String key : checkpoint.keys()) {
                if (checkpoint.value(key) instanceof Map<?, ?> map
                        && map.values().stream().allMatch(TensorInfo.class::isInstance)) {
                    try (StateDict state = checkpoint.stateDict(key)) {
                        state.requireFinite(file);
                    }
                }
            }
        }
    }

    /** Lists in lists may share their parts, so that a walk over all would not end. */
    private static void collect(Object value, List<TensorInfo> found, int depth) {
        if (found.size() > 100 || depth > 8) {
            return;
        }
        switch (value) {
            case TensorInfo info -> found.add(info);
            case Map<?, ?> map -> map.values().stream().limit(40).forEach(item -> collect(item, found, depth + 1));
            case List<?> list -> list.stream().limit(40).forEach(item -> collect(item, found, depth + 1));
            case null, default -> {}
        }
    }

    private static void readWeights(Path file) throws IOException {
        try (WeightFile weights = WeightFile.open(file, access(file));
                StateDict state = weights.load()) {
            weights.metadata();
            weights.foreign();
            state.asMap().values().forEach(WeightTargets::look);
        }
    }

    /** Reads every element, as a model would. */
    private static void look(Tensor tensor) {
        try (TensorScope _ = TensorScope.open()) {
            if (tensor.elements() <= MOST_ELEMENTS) {
                tensor.to(DType.FLOAT64).contiguous().toDoubles();
            }
        }
    }
}
