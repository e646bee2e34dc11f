package dev.mmgen.bench;

import dev.mmgen.train.data.DataLoader;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.PrecomputedSource;
import dev.mmgen.train.hdf5.SampleWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rate of reading samples of the official shape as training does, shuffled and batch by batch, from HDF5 files written
 * first: samples per second, with a warm page cache.
 *
 * <p>Arguments: samples (2000), samples in a batch (64), whether DINOv2 features are read too (false).
 */
public final class ReadingBenchmark {

    private static final String USAGE = "ReadingBenchmark [SAMPLES] [BATCH] [FEATURES]";
    private static final int PASSES = 4;

    private ReadingBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, ReadingBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws IOException {
        int samples = arguments.count(0, 2000);
        int batch = arguments.count(1, 64);
        boolean withFeatures = arguments.flag(2);
        SampleShape shape = withFeatures ? SampleShape.OFFICIAL : SampleShape.OFFICIAL.withoutFeatures();
        Path folder = Files.createTempDirectory("mmgen-reading");
        try {
            List<IndexEntry> entries = IntStream.range(0, samples)
                    .mapToObj(i -> new IndexEntry(
                            "class", 0, String.format(Locale.ROOT, "n%04d/%06d.png", i % 1000, i), Map.of()))
                    .toList();
            List<Path> posteriors = IntStream.range(0, shape.modalities())
                    .mapToObj(i -> write(
                            folder.resolve(i + ".h5"), entries, shape.channels(), shape.height(), shape.width(), 2))
                    .toList();
            Path features = withFeatures
                    ? write(folder.resolve("dino.h5"), entries, shape.tokens(), shape.featureWidth())
                    : null;
            for (int pass = 1; pass <= PASSES; pass++) {
                read(JsonlIndex.of(entries), posteriors, features, shape, batch, pass);
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static Path write(Path file, List<IndexEntry> entries, int... shape) {
        Random random = new Random(1);
        float[] values = new float[IntStream.of(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        try (SampleWriter writer = SampleWriter.open(file)) {
            for (IndexEntry entry : entries) {
                writer.write(entry.key(), StoredArray.of(values, shape));
            }
            writer.finish();
        }
        return file;
    }

    private static void read(
            JsonlIndex index, List<Path> posteriors, @Nullable Path features, SampleShape shape, int batch, int pass) {
        try (Dataset data = new Dataset(index, PrecomputedSource.open(posteriors, features), shape);
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(batch).withSeed(pass))) {
            long start = System.nanoTime();
            for (long i = 0; i < loader.batchesPerEpoch(); i++) {
                loader.next().close();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    Locale.ROOT, "pass %d: %,.0f samples/s%n", pass, loader.batchesPerEpoch() * batch / seconds);
        }
    }
}
