package dev.mmgen.testkit;

import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.SampleWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Five samples to train on: an index, random posteriors of some modalities, random features, and a plan. */
public final class TinyData {

    public static final String PLAN = """
            {"model": {"inputSize": 4, "width": 32, "depth": 2, "heads": 2, "classes": 4, "modalities": 2,
                       "projections": [16], "projectorWidth": 32, "projectionDepth": 1},
             "loss": {"modalityWeights": [1, 0.5]}, "precision": "FLOAT32", "batchSize": 2, "steps": 3,
             "checkpointing": {"every": 2}}""";

    private final Path folder;

    private TinyData(Path folder) {
        this.folder = folder;
    }

    public static TinyData write(Path folder, String... modalities) throws Exception {
        Random random = new Random(1);
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            entries.add(new IndexEntry("n0", i % 4, "n0/" + i + ".png", Map.of("rgb", Path.of("n0", i + ".png"))));
        }
        JsonlIndex.of(entries).write(folder.resolve("train.jsonl"));
        for (String modality : modalities) {
            write(folder.resolve(modality + ".h5"), entries, random, 4, 4, 4, 2);
        }
        write(folder.resolve("dino.h5"), entries, random, 4, 16);
        Files.writeString(folder.resolve("plan.json"), PLAN);
        return new TinyData(folder);
    }

    private static void write(Path file, List<IndexEntry> entries, Random random, int... shape) {
        int count = 1;
        for (int size : shape) {
            count *= size;
        }
        try (SampleWriter writer = SampleWriter.open(file)) {
            for (IndexEntry entry : entries) {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    float value = (float) random.nextGaussian();
                    // Of a posterior, every second number is a deviation.
                    values[i] = shape.length == 4 && i % 2 == 1 ? Math.abs(value) : value;
                }
                writer.write(entry.key(), StoredArray.of(values, shape));
            }
            writer.finish();
        }
    }

    /** Returns a command with the options that name the files. */
    public List<Object> command(String name, Path out, String... modalities) {
        List<Object> arguments = new ArrayList<>(List.of(name, "--index", folder.resolve("train.jsonl"), "--out", out));
        for (String modality : modalities) {
            arguments.addAll(List.of("--moments", modality + "=" + folder.resolve(modality + ".h5")));
        }
        return arguments;
    }

    public Path plan() {
        return folder.resolve("plan.json");
    }

    public Path features() {
        return folder.resolve("dino.h5");
    }
}
