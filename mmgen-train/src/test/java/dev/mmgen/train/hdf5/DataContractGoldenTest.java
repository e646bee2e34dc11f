package dev.mmgen.train.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.data.PosteriorBatch;
import dev.mmgen.train.data.Sample;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.StoredArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Data sets written by the reference's h5py, read as its data set class reads them. */
@ExtendWith(TensorLeakCheck.class)
class DataContractGoldenTest {

    private static final String EXPECTED = ".expected.safetensors";
    private static final List<String> MODALITIES = List.of("rgb", "depth", "normal", "mask");
    private static final Pattern SLICES = Pattern.compile("(\\w+): \\[([^\\]]*)]");

    private final Goldens goldens = Goldens.folder("data_contract");

    @TestFactory
    List<DynamicTest> samplesEqualTheReferences() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : goldens.manifest().get("files").properties()) {
            if (file.getKey().endsWith(EXPECTED)) {
                String name = file.getKey().substring(0, file.getKey().length() - EXPECTED.length());
                tests.add(DynamicTest.dynamicTest(name, () -> check(name, file.getValue())));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private void check(String name, JsonNode description) {
        Map<String, Goldens.Array> expected = goldens.arrays(name + EXPECTED);
        Map<String, int[]> steps = steps(description.path("slices").asText(""));
        JsonlIndex index = JsonlIndex.read(goldens.path(name + "/train.jsonl"));
        assertThat(index.size()).isEqualTo(description.get("length").asInt());

        List<Sample> samples = new ArrayList<>();
        try (Dataset data = open(name, index, expected)) {
            for (JsonNode number : description.get("indices")) {
                int place = number.asInt();
                String returned = description
                        .get("items")
                        .get(number.toString())
                        .get("path_rel_rgb")
                        .asText();
                if (!index.entries().get(place).key().equals(returned)) {
                    assertThatThrownBy(() -> data.get(place))
                            .isInstanceOf(DataException.class)
                            .hasMessageContaining(index.entries().get(place).key());
                }
                Sample sample = data.get(placeOf(index, returned));
                JsonNode item = description.get("items").get(number.toString());
                assertThat(sample.entry().category()).isEqualTo(item.get("cat").asText());
                assertThat(sample.entry().label()).isEqualTo(item.get("idx_cat").asInt());
                compare(sample, number.toString(), expected, steps);
                samples.add(sample);
            }
            comparePosterior(samples, data.shape(), expected, steps);
        }
    }

    private Dataset open(String name, JsonlIndex index, Map<String, Goldens.Array> expected) {
        String first = index.entries().getFirst().key();
        int[] posteriors;
        int[] tokens;
        try (Hdf5Samples rgb = Hdf5Samples.open(goldens.path(name + "/vae_rgb.h5"));
                Hdf5Samples dino = Hdf5Samples.open(goldens.path(name + "/dino_rgb.h5"))) {
            posteriors = rgb.read(first).shape();
            tokens = dino.read(first).shape();
        }
        long tasks = expected.keySet().stream()
                .filter(key -> key.startsWith("posterior.noise."))
                .count();
        SampleShape shape = SampleShape.of((int) tasks, posteriors[0], posteriors[1], posteriors[2])
                .withFeatures(tokens[0], tokens[1]);
        return new Dataset(
                index,
                PrecomputedSource.open(
                        MODALITIES.stream()
                                .limit(tasks)
                                .map(m -> goldens.path(name + "/vae_" + m + ".h5"))
                                .toList(),
                        goldens.path(name + "/dino_rgb.h5")),
                shape);
    }

    private static int placeOf(JsonlIndex index, String key) {
        List<String> keys = index.entries().stream().map(IndexEntry::key).toList();
        return keys.indexOf(key);
    }

    private static void compare(
            Sample sample, String number, Map<String, Goldens.Array> expected, Map<String, int[]> steps) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor all = Torch.cat(
                    sample.posteriors().stream()
                            .map(DataContractGoldenTest::tensor)
                            .toList(),
                    0);
            assertEqual(strided(all, steps.get("x")), expected.get("x." + number));
            StoredArray features = sample.features();
            assertThat(features).isNotNull();
            assertEqual(strided(tensor(features), steps.get("x_repa")), expected.get("x_repa." + number));
        }
    }

    private static void comparePosterior(
            List<Sample> samples, SampleShape shape, Map<String, Goldens.Array> expected, Map<String, int[]> steps) {
        Goldens.Array latents = expected.get("posterior.latents");
        int[] step = steps.getOrDefault("posterior", new int[] {1, 1});
        List<Sample> sliced =
                samples.stream().map(sample -> sliced(sample, step)).toList();
        SampleShape slicedShape =
                SampleShape.of(shape.modalities(), shape.channels(), latents.shape()[2], latents.shape()[3]);
        Iterator<Goldens.Array> noise = expected.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("posterior.noise."))
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .iterator();
        try (TensorScope _ = TensorScope.open();
                PosteriorBatch batch = PosteriorBatch.of(LoaderPosition.START, sliced, slicedShape)) {
            Tensor drawn = batch.sampleLatents(LatentNormalization.STABLE_DIFFUSION, sizes -> {
                Goldens.Array next = noise.next();
                assertThat(Arrays.stream(next.shape()).asLongStream().toArray()).isEqualTo(sizes);
                return Torch.tensor(next.floats(), sizes);
            });
            float[] actual = drawn.toFloats();
            float[] wanted = latents.floats();
            assertThat(actual).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.length; i++) {
                assertThat((double) actual[i]).isCloseTo(wanted[i], within(1e-6 * Math.max(1, Math.abs(wanted[i]))));
            }
        }
        assertThat(noise.hasNext()).isFalse();
    }

    private static Sample sliced(Sample sample, int[] step) {
        try (TensorScope _ = TensorScope.open()) {
            List<StoredArray> posteriors = sample.posteriors().stream()
                    .map(array -> {
                        Tensor part =
                                strided(tensor(array), new int[] {1, step[step.length - 2], step[step.length - 1], 1});
                        int[] shape = LongStream.of(part.shape().toArray())
                                .mapToInt(Math::toIntExact)
                                .toArray();
                        return StoredArray.of(part.toFloats(), shape);
                    })
                    .toList();
            return new Sample(sample.entry(), posteriors, null);
        }
    }

    private static Tensor tensor(StoredArray array) {
        return Torch.tensor(
                array.values(), Arrays.stream(array.shape()).asLongStream().toArray());
    }

    private static Tensor strided(Tensor tensor, int[] steps) {
        Tensor part = tensor;
        for (int i = 0; steps != null && i < steps.length; i++) {
            part = part.slice(i, 0, part.size(i), steps[i]);
        }
        return part;
    }

    private static void assertEqual(Tensor actual, Goldens.Array expected) {
        assertThat(actual.shape().toArray())
                .isEqualTo(Arrays.stream(expected.shape()).asLongStream().toArray());
        assertThat(actual.toFloats()).isEqualTo(expected.floats());
    }

    /** Parses {@code x: [:, ::11, ::13, :]; ...} to steps per dimension. */
    private static Map<String, int[]> steps(String text) {
        Map<String, int[]> steps = new HashMap<>();
        Matcher part = SLICES.matcher(text);
        while (part.find()) {
            steps.put(
                    part.group(1),
                    Arrays.stream(part.group(2).split(","))
                            .map(String::strip)
                            .filter(slice -> !slice.equals("..."))
                            .mapToInt(slice -> slice.startsWith("::") ? Integer.parseInt(slice.substring(2)) : 1)
                            .toArray());
        }
        return steps;
    }

    @TestFactory
    List<DynamicTest> filesOfManyKeysAreRead() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : goldens.manifest().get("files").properties()) {
            if (file.getValue().has("count")) {
                tests.add(DynamicTest.dynamicTest(file.getKey(), () -> {
                    try (Hdf5Samples samples = Hdf5Samples.open(goldens.path(file.getKey()))) {
                        int count = file.getValue().get("count").asInt();
                        assertThat(samples.keys()).hasSize(count);
                        for (int i = 0; i < count; i++) {
                            String key = String.format(Locale.ROOT, "c%d/k_%06d.png", i % 2, i * 7919L % 100_003);
                            assertThat(samples.read(key).values()).containsExactly(i, i);
                        }
                    }
                }));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    @TestFactory
    List<DynamicTest> damagedFilesAreNamed() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : goldens.manifest().get("files").properties()) {
            String name = file.getKey();
            String outcome = file.getValue()
                    .path("reference")
                    .asText(file.getValue().path("h5py").asText(""));
            if (name.startsWith("corrupt/")) {
                tests.add(DynamicTest.dynamicTest(name, () -> {
                    if (outcome.endsWith(" samples")) {
                        assertThat(JsonlIndex.read(goldens.path(name)).size())
                                .isEqualTo(Integer.parseInt(outcome.split(" ")[0]));
                    } else {
                        String shortName = name.substring(name.indexOf('/') + 1);
                        assertThatThrownBy(() -> open(name))
                                .isInstanceOf(DataException.class)
                                .hasMessageContaining(shortName);
                    }
                }));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private void open(String name) {
        if (name.endsWith(".h5")) {
            Hdf5Samples.open(goldens.path(name)).close();
        } else {
            JsonlIndex.read(goldens.path(name));
        }
    }
}
