package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mmgen.Mask;
import dev.mmgen.MmGen;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.DepthCoding;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.train.hdf5.Hdf5Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Files that users of such software reported, each with what its table promises. It walks the folder that {@code -Dmmgen.cases}
 * names, or the selection among the modules' test resources; a file that nobody has said anything about is a failure.
 */
class CasesTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private interface Promise {
        void holdsFor(Path file) throws IOException;
    }

    private static final Map<String, Promise> PROMISES = Map.ofEntries(
            Map.entry("m_canvas.png", CasesTest::aPaintLayerIsItsPaint),
            Map.entry("m01.png", file -> assertThat(mask(file).size()).isPositive()),
            Map.entry("depth_mm.png", CasesTest::distancesAreNamedAndRead),
            Map.entry("icc_duplicate_segment.jpg", CasesTest::pixelsAreThoseOfPillow),
            Map.entry("gif_offset.gif", CasesTest::pixelsAreThoseOfPillow),
            Map.entry("s440.jpg", CasesTest::pixelsAreThoseOfPillow),
            Map.entry("meta_null.safetensors", CasesTest::weightsAreRead),
            Map.entry("f8.safetensors", CasesTest::othersThanTheForeignTypeAreRead),
            Map.entry("lfs.safetensors", file -> refuses(file, "Git LFS pointer")),
            Map.entry("f32sum.h5", CasesTest::samplesAreRead),
            Map.entry("f32sum_corrupt.h5", CasesTest::theFlippedBitIsNamed),
            Map.entry("links.h5", CasesTest::linksAreFollowedOrNamed),
            Map.entry(
                    "hang.webp",
                    file -> assertThatThrownBy(() -> RgbImage.read(file)).hasMessageContaining("hang.webp")),
            Map.entry("hang.h5", CasesTest::theDamagedFileIsRefused),
            Map.entry("pissa", CasesTest::theAdapterIsRefusedByName));

    /** The files that are no cases of their own: tables, expected pixels, and programs against the bindings, whose tests hold them. */
    private static final List<String> BESIDE = List.of("README.md", "attack.md", "expected", "crash");

    @TestFactory
    Stream<DynamicTest> everyCaseBehavesAsItsTableSays() throws IOException {
        Map<String, Path> cases = new TreeMap<>();
        String folder = System.getProperty("mmgen.cases", "");
        List<Path> folders = folder.isEmpty()
                ? Stream.of("core", "train")
                        .map(module -> Path.of(
                                System.getProperty("basedir", "."),
                                "../../mmgen-" + module + "/src/test/resources/cases"))
                        .toList()
                : List.of(Path.of(folder));
        for (Path one : folders) {
            try (Stream<Path> files = Files.list(one)) {
                files.forEach(file -> cases.put(String.valueOf(file.getFileName()), file));
            }
        }
        cases.keySet().removeAll(BESIDE);
        assertThat(cases).hasSizeGreaterThan(10);
        return cases.entrySet().stream()
                .map(one -> dynamicTest(
                        one.getKey(),
                        () -> Assertions.assertTimeoutPreemptively(SOON, () -> {
                            Promise promise = PROMISES.get(one.getKey());
                            assertThat(promise)
                                    .as("what is promised of %s", one.getKey())
                                    .isNotNull();
                            promise.holdsFor(one.getValue());
                        })));
    }

    private static Mask mask(Path file) {
        return Mask.of(MaskImage.read(file));
    }

    private static void aPaintLayerIsItsPaint(Path file) {
        Mask mask = mask(file);
        assertThat(4 * mask.size()).isPositive().isLessThanOrEqualTo(mask.width() * mask.height());
    }

    private static void distancesAreNamedAndRead(Path file) {
        assertThatThrownBy(() -> Modality.DEPTH.read(file)).hasMessageContaining("distances");
        byte[] rgb = DepthCoding.DISTANCE.read(file).rgb();
        int brightest = 0;
        for (byte level : rgb) {
            brightest = Math.max(brightest, level & 0xff);
        }
        assertThat(brightest).isEqualTo(255);
    }

    private static void pixelsAreThoseOfPillow(Path file) {
        RgbImage expected = RgbImage.read(file.resolveSibling("expected/" + file.getFileName() + ".png"));
        for (ImageReading reading : ImageReading.values()) {
            assertThat(RgbImage.read(file, reading)).isEqualTo(expected);
        }
    }

    private static void theAdapterIsRefusedByName(Path folder) {
        try (MmGen mmgen = MmGen.shapes()) {
            assertThatThrownBy(() -> mmgen.withAdapter(folder)).hasMessageContaining("pissa_niter_16");
        }
    }

    private static void weightsAreRead(Path file) {
        try (WeightFile weights = WeightFile.open(file);
                StateDict dict = weights.load()) {
            assertThat(dict.keys()).isNotEmpty();
        }
    }

    private static void othersThanTheForeignTypeAreRead(Path file) {
        assertThat(CommandRun.succeed("inspect", file).out()).contains("F8_E4M3");
        try (WeightFile weights = WeightFile.open(file);
                StateDict dict = weights.load()) {
            assertThat(weights.foreign()).isNotEmpty();
            assertThat(dict.keys()).isNotEmpty();
            weights.foreign()
                    .keySet()
                    .forEach(name -> assertThatThrownBy(() -> dict.get(name)).hasMessageContaining("not supported"));
        }
    }

    private static void refuses(Path file, String reason) {
        CommandRun run = CommandRun.of("inspect", file);
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.errorLines()).singleElement().asString().contains(String.valueOf(file.getFileName()), reason);
    }

    private static void samplesAreRead(Path file) {
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            assertThat(samples.read("k.png").values()[7]).isEqualTo(7);
        }
    }

    private static void theFlippedBitIsNamed(Path file) {
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            assertThatThrownBy(() -> samples.read("k.png"))
                    .hasMessageContainingAll("f32sum_corrupt.h5", "'k.png'", "Fletcher32");
        }
    }

    private static void linksAreFollowedOrNamed(Path file) {
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            assertThat(samples.read("k.png").values())
                    .isEqualTo(samples.read("real.png").values());
            assertThatThrownBy(() -> samples.read("dangling.png")).hasMessageContaining("soft link to '/nope'");
            assertThatThrownBy(() -> samples.read("ext.png")).hasMessageContaining("external link");
        }
    }

    private static void theDamagedFileIsRefused(Path file) {
        assertThatThrownBy(() -> {
                    try (Hdf5Samples samples = Hdf5Samples.open(file)) {
                        samples.keys().forEach(samples::read);
                    }
                })
                .hasMessageContaining("hang.h5");
    }
}
