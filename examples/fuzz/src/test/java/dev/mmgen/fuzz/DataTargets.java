package dev.mmgen.fuzz;

import dev.mmgen.fuzz.FileTarget.Form;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.npy.NpyException;
import dev.mmgen.npy.NpzFile;
import dev.mmgen.npy.NpzWriter;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.Hdf5Samples;
import dev.mmgen.train.hdf5.SampleWriter;
import dev.mmgen.train.log.MetricsTable;
import dev.mmgen.train.metric.adm.AdmReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The readers of training data and of what preparations and trainings leave behind. */
final class DataTargets {

    private static final String CONTRACT = "mmgen-train/src/test/resources/goldens/data_contract";
    private static final String CASES = "mmgen-train/src/test/resources/cases";

    private static final int MOST_KEYS = 30;

    private DataTargets() {}

    static Target hdf5() {
        List<byte[]> seeds = Seeds.all(
                Seeds.files(CONTRACT, ".h5"),
                Seeds.files(CONTRACT + "/flat_keys", "vae_rgb.h5"),
                Seeds.files(CONTRACT + "/float16_values", "dino_rgb.h5"),
                Seeds.files(CONTRACT + "/chunked_gzip", "dino_rgb.h5"),
                Seeds.files(CONTRACT + "/missing_key", "vae_normal.h5"),
                Seeds.files(CASES, ".h5"),
                List.of(Seeds.written("a.h5", DataTargets::writeSamples)));
        return new FileTarget(Form.of("rgb.h5", seeds, DataException.class, DataTargets::readSamples)
                .words("SNOD", "TREE", "HEAP", "OHDR", "OCHK", "BTHD", "FRHP", "FHDB", "FSSE", "GCOL", "BTLF", "BTIN"));
    }

    private static void writeSamples(Path file) {
        try (SampleWriter writer = SampleWriter.open(file)) {
            for (int i = 0; i < 12; i++) {
                writer.write("n0" + i % 3 + "/" + i + ".png", StoredArray.of(new float[] {i, 2, 3, 4}, 1, 2, 2));
            }
            writer.finish();
        }
    }

    private static void readSamples(Path file) {
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            for (String key : samples.keys().stream().limit(MOST_KEYS).toList()) {
                samples.shape(key);
                if (samples.contains(key)) {
                    samples.read(key).isFinite();
                }
            }
        }
    }

    /** The list of samples beside a file that is being written. */
    static Target journal() {
        byte[][] parts = new byte[2][];
        Seeds.written("a.h5", file -> {
            SampleWriter writer = SampleWriter.open(file);
            for (int i = 0; i < 6; i++) {
                writer.write("k" + i, StoredArray.of(new float[] {i, 2}, 2));
            }
            parts[0] = Files.readAllBytes(file.resolveSibling("a.h5.journal"));
            parts[1] = Files.readAllBytes(file.resolveSibling("a.h5.partial"));
            writer.finish();
            writer.close();
        });
        return new FileTarget(Form.of("rgb.h5.journal", List.of(parts[0]), DataException.class, journal -> {
                    Files.write(journal.resolveSibling("rgb.h5.partial"), parts[1]);
                    try (SampleWriter writer = SampleWriter.open(journal.resolveSibling("rgb.h5"))) {
                        writer.write("new", StoredArray.of(new float[] {1}, 1));
                    }
                })
                .words("\"key\":", "\"address\":", "\"end\":", "\n", "{", "}"));
    }

    static Target index() {
        List<byte[]> seeds = Seeds.all(
                Seeds.files(CONTRACT + "/flat_keys", ".jsonl"),
                Seeds.files(CONTRACT + "/missing_key", ".jsonl"),
                Seeds.files(CONTRACT + "/corrupt", ".jsonl"));
        return new FileTarget(Form.of("index.jsonl", seeds, DataException.class, file -> {
                    JsonlIndex index = JsonlIndex.read(file);
                    if (index.classes() < 1 || index.size() < 1) {
                        throw new AssertionError("an index without classes");
                    }
                })
                .words(
                        "\"cat\":",
                        "\"idx_cat\":",
                        "\"path_rel_rgb\":",
                        "\"path_x\":",
                        "\n",
                        "\u00ef\u00bb\u00bf",
                        "{",
                        "[[[[[["));
    }

    static Target npy() {
        List<byte[]> seeds = List.of(
                Seeds.written("a.npy", NpyArray.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)::write),
                Seeds.written("a.npy", NpyArray.of(new double[] {1})::write),
                Seeds.written("a.npy", NpyArray.of(new byte[] {1, 2}, 2, 1)::write),
                Seeds.written("a.npy", NpyArray.of(new int[0], 0, 5)::write));
        return new FileTarget(Form.of(
                        "numbers.npy",
                        seeds,
                        NpyException.class,
                        file -> NpyArray.read(file).toDoubles())
                .words(
                        "'descr':",
                        "'<f4'",
                        "'>f8'",
                        "'|b1'",
                        "'|O'",
                        "'fortran_order':",
                        "True",
                        "'shape':",
                        "(",
                        ")",
                        ","));
    }

    static Target npz() {
        List<byte[]> seeds = new ArrayList<>();
        for (NpzWriter.Compression compression : NpzWriter.Compression.values()) {
            seeds.add(Seeds.written("a.npz", file -> {
                try (NpzWriter writer = NpzWriter.create(file, compression)) {
                    writer.write("mu", NpyArray.of(new double[] {1, 2}, 2));
                    writer.write("sigma", NpyArray.of(new double[] {1, 0, 0, 1}, 2, 2));
                    writer.finish();
                }
            }));
        }
        return new FileTarget(Form.of("arrays.npz", seeds, NpyException.class, DataTargets::readArrays)
                .words("mu.npy", "sigma.npy", "PK\u0001\u0002", "PK\u0003\u0004")
                .finish((file, random) -> random.nextInt(8) == 0 ? file : ZipRepair.repaired(file)));
    }

    private static void readArrays(Path file) {
        if (file.toFile().length() % 2 == 0) {
            AdmReference.read(file);
            return;
        }
        try (NpzFile npz = NpzFile.open(file)) {
            for (String name : npz.names()) {
                npz.read(name).toDoubles();
            }
        }
    }

    /** The table that a resumed training goes on with. */
    static Target metrics() {
        List<String> modalities = List.of("rgb", "depth");
        byte[] header = Seeds.written(
                "metrics.csv", file -> MetricsTable.open(file, modalities, 0).close());
        int columns = new String(header, StandardCharsets.UTF_8).strip().split(",").length;
        StringBuilder text = new StringBuilder(new String(header, StandardCharsets.UTF_8));
        for (int step = 1; step < 6; step++) {
            text.append(step).append(",0.5".repeat(columns - 1)).append('\n');
        }
        List<byte[]> seeds = List.of(header, text.toString().getBytes(StandardCharsets.UTF_8));
        return new FileTarget(Form.of("metrics.csv", seeds, TrainingException.class, file -> {
                    try (MetricsTable table = MetricsTable.open(file, modalities, 3)) {
                        table.losses();
                    }
                })
                .words(",", "\n", "NaN", "step", "\r"));
    }

    /** Copies a folder of the repository without what lies deeper. */
    static void copy(String from, Path to) throws IOException {
        try (var files = Files.list(Seeds.path(from))) {
            files.filter(Files::isRegularFile).forEach(file -> {
                try {
                    Files.copy(file, to.resolve(file.getFileName()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
