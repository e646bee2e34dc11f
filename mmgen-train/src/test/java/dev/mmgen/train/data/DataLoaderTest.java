package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.Goldens;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.hdf5.PrecomputedSource;
import dev.mmgen.train.hdf5.SampleWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
@Timeout(60)
class DataLoaderTest {

    private static final SampleShape SHAPE = SampleShape.of(2, 1, 2, 2);
    private static final Pattern ORDER = Pattern.compile("loader_epoch(\\d+)\\.seed(-?\\d+)");

    @TempDir
    private Path folder;

    /** Labels count the samples; those that are named bad are not in the second file. */
    private Dataset data(int size, Set<Integer> bad) {
        List<IndexEntry> entries = IntStream.range(0, size)
                .mapToObj(i -> new IndexEntry("c", i, "c" + i % 3 + "/" + i, Map.of()))
                .toList();
        String name = size + "" + bad.size() + ".h5";
        List<Path> files = List.of(folder.resolve("a" + name), folder.resolve("b" + name));
        for (Path file : files) {
            try (SampleWriter writer = SampleWriter.open(file)) {
                for (IndexEntry entry : entries) {
                    if (file.equals(files.getFirst()) || !bad.contains(entry.label())) {
                        float[] values = new float[8];
                        Arrays.fill(values, entry.label());
                        writer.write(entry.key(), StoredArray.of(values, 1, 2, 2, 2));
                    }
                }
                writer.finish();
            }
        }
        return new Dataset(JsonlIndex.of(entries), PrecomputedSource.open(files, null), SHAPE);
    }

    private static List<Long> labels(DataLoader loader) {
        try (PosteriorBatch batch = loader.next()) {
            long[] labels = batch.labels().toLongs();
            assertThat(batch.size()).isEqualTo(labels.length);
            assertThat(batch.posteriors().shape().toArray()).isEqualTo(new long[] {labels.length, 2, 2, 2, 2});
            float[] posteriors = batch.posteriors().toFloats();
            for (int i = 0; i < posteriors.length; i++) {
                assertThat(posteriors[i]).isEqualTo(labels[i / 16]);
            }
            return LongStream.of(labels).boxed().toList();
        }
    }

    @TestFactory
    List<DynamicTest> ordersEqualPyTorchs() {
        List<DynamicTest> tests = new ArrayList<>();
        Map<String, Goldens.Array> recorded = Goldens.folder("rng").arrays("torch_cpu.safetensors");
        recorded.forEach((key, expected) -> {
            Matcher name = ORDER.matcher(key);
            if (name.matches()) {
                tests.add(DynamicTest.dynamicTest(
                        key,
                        () -> checkOrder(
                                Long.parseLong(name.group(2)),
                                Integer.parseInt(name.group(1)) - 1,
                                expected.integers())));
            }
        });
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private static void checkOrder(long seed, int epoch, long[] expected) {
        try (EpochOrders orders = new EpochOrders(11, seed);
                EpochOrders skipping = new EpochOrders(11, seed)) {
            int[] order = orders.next();
            for (int i = 0; i < epoch; i++) {
                order = orders.next();
            }
            assertThat(Arrays.stream(order)
                            .limit(expected.length)
                            .asLongStream()
                            .toArray())
                    .isEqualTo(expected);
            skipping.skip(epoch);
            assertThat(skipping.next()).isEqualTo(order);
        }
    }

    @Test
    void epochsGoThroughAllSamples() {
        try (Dataset data = data(11, Set.of());
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(4).inOrder())) {
            assertThat(loader.batchesPerEpoch()).isEqualTo(3);
            assertThat(labels(loader)).containsExactly(0L, 1L, 2L, 3L);
            assertThat(labels(loader)).containsExactly(4L, 5L, 6L, 7L);
            assertThat(labels(loader)).containsExactly(8L, 9L, 10L);
            assertThat(loader.position()).isEqualTo(new LoaderPosition(1, 0));
            assertThat(labels(loader)).containsExactly(0L, 1L, 2L, 3L);
        }
        try (Dataset data = data(12, Set.of());
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(4).withSeed(3))) {
            List<Long> seen = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                seen.addAll(labels(loader));
            }
            assertThat(seen)
                    .doesNotHaveDuplicates()
                    .hasSize(12)
                    .isNotEqualTo(seen.stream().sorted().toList());
        }
    }

    @Test
    void loaderResumesWhereAnotherStopped() {
        LoaderConfig config = LoaderConfig.ofBatch(4).withSeed(42);
        List<List<Long>> all = new ArrayList<>();
        List<LoaderPosition> positions = new ArrayList<>();
        try (Dataset data = data(11, Set.of(5))) {
            try (DataLoader loader = DataLoader.start(data, config)) {
                for (int i = 0; i < 9; i++) {
                    positions.add(loader.position());
                    all.add(labels(loader));
                }
            }
            for (int i = 0; i < 9; i++) {
                try (DataLoader loader = DataLoader.start(data, config, positions.get(i))) {
                    assertThat(loader.position()).isEqualTo(positions.get(i));
                    for (int k = i; k < 9; k++) {
                        assertThat(labels(loader)).isEqualTo(all.get(k));
                    }
                }
            }
        }
    }

    @Test
    void badSamplesAreLeftOutAndCounted() {
        try (Dataset data = data(12, Set.of(1, 6, 7));
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(2).inOrder())) {
            List<List<Long>> batches = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                batches.add(labels(loader));
            }
            assertThat(batches.subList(0, 5))
                    .containsExactly(List.of(0L), List.of(2L, 3L), List.of(4L, 5L), List.of(8L, 9L), List.of(10L, 11L));
            assertThat(batches.subList(5, 10)).isEqualTo(batches.subList(0, 5));
            assertThat(loader.badSamples()).containsOnlyKeys("c1/1", "c0/6", "c1/7");
            assertThat(loader.badSamples().get("c0/6")).contains("b123.h5 has no sample 'c0/6'");
        }
    }

    @Test
    void logNamesEachBadSampleOnceWithItsReason() {
        List<String> lines = new CopyOnWriteArrayList<>();
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                lines.add(entry.getLevel() + ": " + new SimpleFormatter().formatMessage(entry));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger(DataLoader.class.getName());
        log.addHandler(listener);
        try (Dataset data = data(12, Set.of(1, 7));
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(2).inOrder())) {
            for (int i = 0; i < 12; i++) {
                labels(loader);
            }
        } finally {
            log.removeHandler(listener);
        }
        Path file = folder.resolve("b122.h5");
        assertThat(lines)
                .containsExactly(
                        "WARNING: left out sample 'c1/1' (bad sample number 1): " + file + " has no sample 'c1/1'",
                        "WARNING: left out sample 'c1/7' (bad sample number 2): " + file + " has no sample 'c1/7'");
    }

    @Test
    void tooManyBadSamplesEndTheRun() {
        try (Dataset data = data(12, Set.of(5, 6, 7));
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(2).inOrder().withBadSampleLimit(2))) {
            assertThat(labels(loader)).containsExactly(0L, 1L);
            assertThat(labels(loader)).containsExactly(2L, 3L);
            assertThat(labels(loader)).containsExactly(4L);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(loader::next)
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("3 samples")
                        .hasMessageContaining("c1/7")
                        .hasMessageContaining("b123.h5");
            }
        }
        try (Dataset data = data(4, Set.of(0, 1, 2, 3));
                DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(2))) {
            assertThatThrownBy(loader::next)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("no sample of the data set can be read");
        }
    }

    @Test
    void faultOfAllSamplesShowsBeforehand() {
        try (Dataset data = data(6, Set.of(0, 1))) {
            data.requireReadable(2);
            assertThatThrownBy(() -> data.requireReadable(1))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the first 2 samples are all bad")
                    .hasMessageContaining("sample 1: " + folder.resolve("b62.h5") + " has no sample 'c0/0'");
            assertThatThrownBy(() -> data.requireReadable(0)).hasMessageStartingWith("the first sample is bad");
        }
        data(3, Set.of()).close();
        PrecomputedSource files =
                PrecomputedSource.open(List.of(folder.resolve("a30.h5"), folder.resolve("b30.h5")), null);
        JsonlIndex index = JsonlIndex.of(
                List.of(new IndexEntry("c", 0, "c0/0", Map.of()), new IndexEntry("c", 1, "c1/1", Map.of())));
        try (Dataset data = new Dataset(index, files, SampleShape.of(2, 1, 4, 4))) {
            assertThatThrownBy(() -> data.requireReadable(Integer.MAX_VALUE))
                    .isInstanceOf(DataException.class)
                    .hasMessage(
                            "the first 2 samples are all bad, and training needs 2 modalities of 1x4x4 each; sample 1: "
                                    + folder.resolve("a30.h5")
                                    + " holds [1, 2, 2, 2] for sample 'c0/0', but [1, 4, 4, 2] is expected");
        }
    }

    @Test
    void closingFreesBatchesThatWereNotTaken() {
        Dataset data = data(11, Set.of());
        DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(1).withQueueCapacity(2));
        labels(loader);
        assertThat(loader.waited()).isPositive();
        loader.close();
        loader.close();
        assertThatThrownBy(loader::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(data.get(3).entry().label()).as("the data set stays open").isEqualTo(3);
        data.close();
    }

    @Test
    void impossibleSettingsAreRefused() {
        try (Dataset data = data(3, Set.of())) {
            assertThatThrownBy(() -> DataLoader.start(data, LoaderConfig.ofBatch(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 samples");
            assertThatThrownBy(() -> DataLoader.start(data, LoaderConfig.ofBatch(2), new LoaderPosition(0, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("batch 1");
            ImageSource single = new ImageSource(List.of("rgb"), _ -> null, null);
            Dataset wide = new Dataset(data.index(), single, SHAPE);
            try (DataLoader loader = DataLoader.start(wide, LoaderConfig.ofBatch(1))) {
                assertThatThrownBy(loader::next)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("2 modalities");
            }
        }
        assertThatThrownBy(() -> LoaderConfig.ofBatch(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LoaderConfig.ofBatch(1).withQueueCapacity(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LoaderConfig.ofBatch(1).withBadSampleLimit(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LoaderPosition(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private Path image(String name, int level) {
        Path file = folder.resolve(name);
        byte[] rgb = new byte[8 * 4 * 3];
        Arrays.fill(rgb, (byte) level);
        RgbImage.of(8, 4, rgb).write(file);
        return file;
    }

    @Test
    void imagesAreEncodedOnTheFly() {
        Path photo = image("photo.png", 51);
        Path edges = image("edges.png", 102);
        JsonlIndex index = JsonlIndex.of(List.of(
                new IndexEntry("c", 2, "k", Map.of("rgb", photo, "canny", edges)),
                new IndexEntry("c", 3, "gone", Map.of("rgb", photo, "canny", folder.resolve("gone.png"))),
                new IndexEntry("c", 4, "lacks", Map.of("rgb", photo))));
        ImageSource source = new ImageSource(
                List.of("rgb", "canny"),
                image -> {
                    float[] posteriors = new float[8];
                    Arrays.fill(posteriors, (image.pixel(1, 1) & 0xff) + image.width());
                    return StoredArray.of(posteriors, 1, 2, 2, 2);
                },
                image -> StoredArray.of(new float[] {image.pixel(1, 1) & 0xff, image.height()}, 1, 2));
        try (Dataset data =
                        new Dataset(index, source, SampleShape.of(2, 1, 2, 2).withFeatures(1, 2));
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(3).inOrder());
                PosteriorBatch batch = loader.next()) {
            assertThat(batch.labels().toLongs()).containsExactly(2);
            float[] posteriors = batch.posteriors().toFloats();
            assertThat(posteriors[0]).isEqualTo(59);
            assertThat(posteriors[8]).isEqualTo(110);
            assertThat(batch.features()).isNotNull();
            assertThat(batch.features().toFloats()).as("of the photo").containsExactly(51, 4);
            assertThat(loader.badSamples()).containsOnlyKeys("gone", "lacks");
        }
        ImageSource wrong = new ImageSource(List.of("rgb"), _ -> StoredArray.of(new float[1], 1), null);
        assertThatThrownBy(() -> wrong.read(index.entries().getFirst(), SampleShape.of(1, 1, 2, 2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(DataLoaderTest.class.getName())
                .hasMessageContaining("[1, 2, 2, 2]");
    }

    @Test
    void readingStaysWithinTheQueue() throws Exception {
        int capacity = 3;
        int batch = 2;
        Path photo = image("photo.png", 1);
        JsonlIndex index = JsonlIndex.of(IntStream.range(0, 100)
                .mapToObj(i -> new IndexEntry("c", i, "k" + i, Map.of("rgb", photo)))
                .toList());
        AtomicInteger reads = new AtomicInteger();
        ImageSource counting = new ImageSource(
                List.of("rgb"),
                _ -> {
                    reads.incrementAndGet();
                    return StoredArray.of(new float[8], 1, 2, 2, 2);
                },
                null);
        try (Dataset data = new Dataset(index, counting, SampleShape.of(1, 1, 2, 2));
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(batch).withQueueCapacity(capacity))) {
            for (int taken = 0; taken <= 2; taken++) {
                // A full queue, and one more batch that waits for room.
                int bound = (taken + capacity + 1) * batch;
                while (reads.get() < bound) {
                    Thread.sleep(1);
                }
                Thread.sleep(100);
                assertThat(reads).hasValue(bound);
                loader.next().close();
            }
        }
    }

    @Test
    void encodersUseTheThreadsOfTheThreadThatStartedTheLoader() throws Exception {
        int before = Torch.threads();
        JsonlIndex index = JsonlIndex.of(List.of(new IndexEntry("c", 0, "k", Map.of("rgb", image("photo.png", 1)))));
        try {
            Torch.setThreads(3);
            Thread other = new Thread(() -> Torch.setThreads(1));
            other.start();
            other.join();
            ImageSource source = new ImageSource(
                    List.of("rgb"),
                    _ -> {
                        float[] posteriors = new float[8];
                        Arrays.fill(posteriors, Torch.threads());
                        return StoredArray.of(posteriors, 1, 2, 2, 2);
                    },
                    null);
            try (Dataset data = new Dataset(index, source, SampleShape.of(1, 1, 2, 2));
                    DataLoader loader = DataLoader.start(data, LoaderConfig.ofBatch(1));
                    PosteriorBatch batch = loader.next()) {
                assertThat(batch.posteriors().toFloats()).containsOnly(3);
            }
        } finally {
            Torch.setThreads(before);
        }
    }

    @Test
    void sharesMakeUpTheWholeRowAndKnowTheirPlaceInIt() {
        try (Dataset data = data(10, Set.of())) {
            LoaderConfig config = LoaderConfig.ofBatch(2);
            LoaderPosition begin = new LoaderPosition(0, 3);
            try (DataLoader whole = DataLoader.start(data, config, begin);
                    DataLoader even = DataLoader.start(data, config, begin, new BatchShare(0, 2));
                    DataLoader odd = DataLoader.start(data, config, begin, new BatchShare(1, 2))) {
                for (int pair = 0; pair < 6; pair++) {
                    assertThat(labels(even)).isEqualTo(labels(whole));
                    assertThat(labels(odd)).isEqualTo(labels(whole));
                    assertThat(even.position()).isEqualTo(whole.position()).isEqualTo(odd.position());
                }
            }
        }
    }

    @Test
    void aShareWhoseBatchCannotBeReadEndsIt() {
        try (Dataset data = data(8, Set.of(2, 3));
                DataLoader share = DataLoader.start(
                        data, LoaderConfig.ofBatch(2).inOrder(), LoaderPosition.START, new BatchShare(1, 2))) {
            assertThatThrownBy(share::next)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the other processes would not know");
        }
    }
}
