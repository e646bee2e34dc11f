package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SceneFolderTest {

    private static final int SIZE = 16;

    @TempDir
    private Path folder;

    @Test
    void theIndexNamesAllPicturesOfAllScenes() {
        AtomicInteger made = new AtomicInteger();

        Path index = SceneFolder.of(folder, ShapesWorld.FIRST, Split.TEST)
                .withSize(SIZE)
                .withInstances(true)
                .write(998, 4, 2, made::incrementAndGet);

        assertThat(made).hasValue(4);
        List<IndexEntry> entries = JsonlIndex.read(index).entries();
        assertThat(entries)
                .extracting(IndexEntry::key)
                .containsExactly(
                        "00000/00000998.png", "00000/00000999.png", "00001/00001000.png", "00001/00001001.png");
        for (int i = 0; i < 4; i++) {
            Rendering rendering = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TEST.seed(998 + i)), SIZE, SIZE);
            IndexEntry entry = entries.get(i);
            assertThat(entry.category()).isEqualTo(rendering.scene().category().label());
            assertThat(entry.label()).isEqualTo(rendering.scene().category().ordinal());
            assertThat(entry.images().keySet()).containsExactly("rgb", "depth", "normal", "mask", "instances");
            assertThat(RgbImage.read(entry.image("rgb"))).isEqualTo(rendering.rgb());
            assertThat(RgbImage.read(entry.image("depth"))).isEqualTo(rendering.depthPicture());
            assertThat(RgbImage.read(entry.image("normal"))).isEqualTo(rendering.normalPicture());
            assertThat(ShapesWorld.FIRST.palette().labels(RgbImage.read(entry.image("mask"))))
                    .isEqualTo(rendering.labels());
            assertThat(ShapesWorld.FIRST.palette().labels(RgbImage.read(entry.image("instances"))))
                    .isEqualTo(rendering.instances());
        }
    }

    @Test
    void noPixelDependsOnTheThreads() throws IOException {
        SceneFolder.of(folder.resolve("one"), ShapesWorld.FIRST, Split.TRAIN)
                .withSize(SIZE)
                .write(0, 20, 1, () -> {});
        SceneFolder.of(folder.resolve("four"), ShapesWorld.FIRST, Split.TRAIN)
                .withSize(SIZE)
                .write(0, 20, 4, () -> {});

        assertThat(pictures(folder.resolve("four"))).hasSize(80).isEqualTo(pictures(folder.resolve("one")));
    }

    private static Map<String, RgbImage> pictures(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            Map<String, RgbImage> pictures = new TreeMap<>();
            files.filter(file -> file.toString().endsWith(".png"))
                    .forEach(file -> pictures.put(root.relativize(file).toString(), RgbImage.read(file)));
            return pictures;
        }
    }

    @Test
    void aSecondRunMakesOnlyWhatIsMissing() throws IOException {
        SceneFolder scenes =
                SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN).withSize(SIZE);
        scenes.write(0, 3, 1, () -> {});
        Path kept = folder.resolve("rgb/00000/00000001.png");
        Path lost = folder.resolve("mask/00000/00000001.png");
        byte[] mask = Files.readAllBytes(lost);
        Files.writeString(kept, "not made again");
        Files.delete(lost);

        Path index = scenes.write(0, 5, 2, () -> {});

        assertThat(kept).hasContent("not made again");
        assertThat(lost).hasBinaryContent(mask);
        assertThat(JsonlIndex.read(index).size()).isEqualTo(5);
    }

    @Test
    void aFolderHoldsOneSplitInOneSize() {
        SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN).withSize(SIZE).write(0, 1, 1, () -> {});

        assertThatThrownBy(() -> SceneFolder.of(folder, ShapesWorld.FIRST, Split.TEST)
                        .withSize(SIZE)
                        .write(0, 1, 1, () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("split = train, size = 16")
                .hasMessageContaining(folder.toString());
        assertThatThrownBy(() -> SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN)
                        .withSize(32)
                        .write(0, 1, 1, () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("size = 16")
                .hasMessageContaining("size = 32");
    }

    @Test
    void aFolderHoldsOneEdition() {
        SceneFolder second =
                SceneFolder.of(folder, ShapesWorld.SECOND, Split.TRAIN).withSize(SIZE);
        Path index = second.write(3, 2, 1, () -> {});

        Rendering rendering = ShapesWorld.render(ShapesWorld.SECOND.scene(Split.TRAIN.seed(4)), SIZE, SIZE);
        IndexEntry entry = JsonlIndex.read(index).entries().getLast();
        assertThat(entry.category()).isEqualTo(rendering.scene().category().label());
        assertThat(RgbImage.read(entry.image("mask"))).isEqualTo(rendering.maskPicture());
        assertThatThrownBy(() -> SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN)
                        .withSize(SIZE)
                        .write(3, 2, 1, () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("edition = second");
    }

    @Test
    void aFailureOfOneThreadIsTheFailureOfTheRun() throws IOException {
        Files.writeString(Files.createDirectories(folder).resolve("depth"), "in the way");
        SceneFolder scenes =
                SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN).withSize(SIZE);

        assertThatThrownBy(() -> scenes.write(0, 10, 3, () -> {})).hasMessageContaining("depth");
        assertThat(folder.resolve("index.jsonl")).doesNotExist();
    }

    @Test
    void aFolderThatCannotBeCreatedIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> SceneFolder.of(file, ShapesWorld.FIRST, Split.TRAIN)
                        .withSize(SIZE)
                        .write(0, 1, 1, () -> {}))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }

    @ParameterizedTest
    @CsvSource({"-1, 1, 1", "0, 0, 1", "0, -5, 1", "0, 1, 0", "4294967295, 2, 1", "9223372036854775807, 2, 1"})
    void numbersOutOfRangeAreRefused(long first, int count, int threads) {
        SceneFolder scenes = SceneFolder.of(folder.resolve("new"), ShapesWorld.FIRST, Split.TRAIN)
                .withSize(SIZE);

        assertThatThrownBy(() -> scenes.write(first, count, threads, () -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"0", "-64", "4097"})
    void sizesOutOfRangeAreRefused(int size) {
        assertThatThrownBy(() ->
                        SceneFolder.of(folder, ShapesWorld.FIRST, Split.TRAIN).withSize(size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Integer.toString(size));
    }
}
