package dev.mmgen.cli.image;

import static dev.mmgen.cli.CommandRun.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.PngText;
import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code mmgen understand} on folders, patterns and several files. */
@ExtendWith(OneThread.class)
class UnderstandManyTest {

    private static final List<String> PHOTOS = List.of("a.png", "trip/b.png", "trip/c.png", "trip/day/d.png", "e.jpg");

    @TempDir
    private static Path demo;

    private static Path model;

    @TempDir
    private Path folder;

    private Path photos;
    private Path out;

    @BeforeAll
    static void make() {
        model = RandomModel.make(demo);
    }

    @BeforeEach
    void photos() throws IOException {
        photos = folder.resolve("photos");
        out = folder.resolve("out");
        for (String name : PHOTOS) {
            byte[] rgb = new byte[3 * 64 * 64];
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] = (byte) (128 + 100 * Math.sin(i * 0.01 * (1 + PHOTOS.indexOf(name))));
            }
            RgbImage.of(64, 64, rgb).write(photos.resolve(name));
            Files.setLastModifiedTime(photos.resolve(name), FileTime.fromMillis(1_000_000));
        }
    }

    private Object[] understand(Object... more) {
        return Stream.concat(Stream.of("understand", "-m", model, "--steps", 1, "-o", out), Stream.of(more))
                .toArray();
    }

    private List<String> keys() {
        return JsonlIndex.read(out.resolve("index.jsonl")).entries().stream()
                .map(IndexEntry::key)
                .toList();
    }

    @Test
    void aFolderIsReadWithAllBelowItAndListedForTraining() {
        CommandRun run = succeed(understand(photos, "--batch", 2));
        assertThat(run.out().lines())
                .hasSize(5)
                .contains(out.resolve("trip/day/d-seed0.png").toString());
        assertThat(keys()).containsExactly("a-seed0", "e-seed0", "trip/b-seed0", "trip/c-seed0", "trip/day/d-seed0");
        IndexEntry entry = JsonlIndex.read(out.resolve("index.jsonl")).entries().get(3);
        assertThat(entry.label()).isEqualTo(10);
        assertThat(entry.images())
                .containsOnlyKeys("rgb", "depth", "normal", "mask", "photo")
                .containsEntry("photo", photos.resolve("trip/c.png"))
                .containsEntry("mask", out.resolve("trip/c-seed0.segmentation.png"));
        entry.images().values().forEach(file -> assertThat(file).exists());
        assertThat(RgbImage.read(entry.image("rgb"))).isEqualTo(RgbImage.read(photos.resolve("trip/c.png")));
    }

    @Test
    void aPhotoAmongManyIsReadAsItIsAlone() {
        succeed(understand(photos, "--batch", 5));
        Path alone = folder.resolve("alone");
        succeed("understand", "-m", model, "--steps", 1, "-o", alone, photos.resolve("trip/c.png"));
        RgbImage one = RgbImage.read(alone.resolve("c-seed0.depth.png"));
        RgbImage many = RgbImage.read(out.resolve("trip/c-seed0.depth.png"));
        for (int i = 0; i < one.rgb().length; i++) {
            assertThat(Math.abs((one.rgb()[i] & 0xff) - (many.rgb()[i] & 0xff))).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void anInterruptedRunGoesOn() throws IOException {
        succeed(understand(photos.resolve("trip")));
        Path index = out.resolve("index.jsonl");
        Path gone = out.resolve("trip/b-seed0.depth.png");
        // Names are relative to the folder that was named.
        Files.delete(out.resolve("b-seed0.depth.png"));
        Files.writeString(index, "{\"cat\": \"tri", StandardOpenOption.APPEND);
        FileTime before = Files.getLastModifiedTime(out.resolve("c-seed0.png"));
        CommandRun run = succeed(understand(photos));
        assertThat(run.err()).contains("2 images are read already");
        assertThat(Files.getLastModifiedTime(out.resolve("c-seed0.png"))).isEqualTo(before);
        assertThat(out.resolve("b-seed0.depth.png")).exists();
        assertThat(gone).doesNotExist();
        assertThat(keys()).containsExactlyInAnyOrder("c-seed0", "day/d-seed0", "b-seed0", "a-seed0", "e-seed0");
        CommandRun again = succeed(understand(photos));
        assertThat(again.out()).isEmpty();
        assertThat(again.err()).contains("5 images are read already");
    }

    /** A kill between the first file of an image and its line in the index. */
    @Test
    void whatAKillLeftHalfWrittenIsRemoved() throws IOException {
        succeed(understand(photos));
        Path index = out.resolve("index.jsonl");
        Files.writeString(index, Files.readAllLines(index).getFirst() + "\n");
        Path left = out.resolve("." + UUID.randomUUID() + ".tmp");
        Files.writeString(left, "half a picture");
        succeed(understand(photos));
        assertThat(left).doesNotExist();
        assertThat(keys()).hasSize(PHOTOS.size());
    }

    @Test
    void linkedFoldersAreReadTooAndCirclesPassedOver() throws IOException {
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.copy(photos.resolve("a.png"), other.resolve("z.png"));
        Files.createSymbolicLink(photos.resolve("linked"), other);
        Files.createSymbolicLink(other.resolve("circle"), photos);
        succeed(understand(photos));
        assertThat(keys()).hasSize(PHOTOS.size() + 1).contains("linked/z-seed0");
    }

    @Test
    void jsonNamesThePhotoAndTheFilesOfNumbers() {
        String json = succeed(understand(photos.resolve("a.png"), "--raw", "npy,png16,tiff", "--json"))
                .out();
        assertThat(json)
                .contains("\"photo\":\"" + photos.resolve("a.png"))
                .contains("\"depth.npy\":\"" + out.resolve("a-seed0.depth.npy"))
                .contains("\"normal.16.png\":", "\"segmentation.tif\":");
    }

    @Test
    void anImageThatIsNotListedIsMadeAnew() throws IOException {
        succeed(understand(photos));
        Path index = out.resolve("index.jsonl");
        byte[] whole = Files.readAllBytes(index);
        List<String> lines = Files.readAllLines(index);
        Files.write(index, lines.subList(0, lines.size() - 1));
        Path sheet;
        try (Stream<Path> files = Files.walk(out)) {
            sheet = files.filter(file -> file.toString().endsWith(".depth.png"))
                    .sorted()
                    .toList()
                    .getLast();
        }
        byte[] picture = Files.readAllBytes(sheet);
        Files.write(sheet, new byte[] {1, 2, 3});
        succeed(understand(photos));
        assertThat(Files.readAllBytes(index)).isEqualTo(whole);
        Files.write(index, new byte[0]);
        Files.write(sheet, new byte[] {1, 2, 3});
        succeed(understand(photos));
        assertThat(Files.readAllBytes(sheet)).isEqualTo(picture);
        assertThat(Files.readAllBytes(index)).isEqualTo(whole);
    }

    @Test
    void aLineThatAKillCutInTwoDoesNotSwallowTheNext() throws IOException {
        succeed(understand(photos.resolve("a.png")));
        Path index = out.resolve("index.jsonl");
        // The first byte of an umlaut: a kill does not ask where letters end.
        Files.write(index, new byte[] {'{', '"', (byte) 0xc3}, StandardOpenOption.APPEND);
        succeed(understand(photos.resolve("e.jpg")));
        assertThat(keys()).containsExactly("a-seed0", "e-seed0");
        assertThat(Files.readAllLines(index)).hasSize(2);
    }

    private void film() throws IOException {
        for (int frame = 8; frame <= 11; frame++) {
            byte[] rgb = new byte[3 * 64 * 64];
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] = (byte) (128 + 100 * Math.sin((i / 3 % 64 + frame) * 0.2 + i / 192 * 0.1));
            }
            RgbImage.of(64, 64, rgb).write(photos.resolve("film/frame-" + frame + ".png"));
            Files.setLastModifiedTime(photos.resolve("film/frame-" + frame + ".png"), FileTime.fromMillis(1_000_000));
        }
    }

    private Object[] video(Object... more) {
        Object[] words = {"understand", "-m", model, "--steps", 4, "-o", out, photos.resolve("film"), "--previous", 0.5
        };
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
    }

    @Test
    void framesBeginFromTheOneBeforeInTheOrderOfTheirNumbers() throws IOException {
        film();
        succeed(video("--seeds", "3,4"));
        assertThat(keys())
                .startsWith("frame-8-seed3", "frame-8-seed4", "frame-9-seed3")
                .endsWith("frame-11-seed4");
        assertThat(PngText.read(out.resolve("frame-8-seed3.png"))).doesNotContainKey("Strength");
        assertThat(PngText.read(out.resolve("frame-9-seed3.png"))).containsEntry("Strength", "0.5");
        assertThat(Files.readString(out.resolve("index.jsonl"))).contains("\"strength\":0.5");

        Path independent = folder.resolve("independent");
        succeed("understand", "-m", model, "--steps", 4, "-o", independent, "--seed", 3, photos.resolve("film"));
        assertThat(independent.resolve("frame-8-seed3.depth.png"))
                .hasSameBinaryContentAs(out.resolve("frame-8-seed3.depth.png"));
        assertThat(RgbImage.read(independent.resolve("frame-11-seed3.depth.png")))
                .isNotEqualTo(RgbImage.read(out.resolve("frame-11-seed3.depth.png")));
    }

    @Test
    void eachFolderIsAVideoOfItsOwn() {
        succeed(understand(photos, "--previous", 0.5));
        for (String first : List.of("a", "trip/b", "trip/day/d")) {
            assertThat(PngText.read(out.resolve(first + "-seed0.png"))).doesNotContainKey("Strength");
        }
        for (String next : List.of("e", "trip/c")) {
            assertThat(PngText.read(out.resolve(next + "-seed0.png"))).containsKey("Strength");
        }
    }

    @Test
    void anInterruptedVideoGoesOnAsIfItHadNotBeen() throws IOException {
        film();
        succeed(video());
        RgbImage last = RgbImage.read(out.resolve("frame-11-seed0.depth.png"));
        Files.delete(out.resolve("frame-10-seed0.normal.png"));
        CommandRun run = succeed(video());
        assertThat(run.err()).contains("2 images are read already");
        assertThat(run.out().lines()).hasSize(2);
        assertThat(RgbImage.read(out.resolve("frame-11-seed0.depth.png"))).isEqualTo(last);
        assertThat(keys()).containsExactly("frame-8-seed0", "frame-9-seed0", "frame-10-seed0", "frame-11-seed0");
    }

    @Test
    void aStrengthThatIsNoTimeIsRefused() {
        for (String strength : List.of("0", "1.5", "-0.1", "NaN")) {
            CommandRun run = CommandRun.of(understand(photos, "--previous", strength));
            assertThat(run.errorLines()).singleElement().asString().contains("--previous", "at most 1");
        }
    }

    @Test
    void photosThatChangedAreReadAnew() throws IOException {
        succeed(understand(photos));
        Files.setLastModifiedTime(photos.resolve("a.png"), FileTime.fromMillis(System.currentTimeMillis() + 60_000));
        assertThat(succeed(understand(photos)).out().strip())
                .isEqualTo(out.resolve("a-seed0.png").toString());
        assertThat(keys()).hasSize(5);
    }

    @Test
    void otherSettingsAreNotMixedIn() {
        succeed(understand(photos.resolve("a.png")));
        CommandRun other = CommandRun.of("understand", "-m", model, "--steps", 2, "-o", out, photos.resolve("a.png"));
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.errorLines()).singleElement().asString().contains("Steps was 1 and is 2", "--force");
        succeed("understand", "-m", model, "--steps", 2, "-o", out, photos.resolve("a.png"), "--force");
        assertThat(keys()).containsExactly("a-seed0");
        succeed(understand(photos.resolve("a.png"), "--seeds", "3,4"));
        assertThat(keys()).containsExactly("a-seed0", "a-seed3", "a-seed4");
    }

    @Test
    void whatIsRefusedLeavesTheFolderAsItWas() throws IOException {
        Path direct = folder.resolve("direct");
        succeed("convert", model, "--reading-sampler", "direct", "--reading-steps", 1, "-o", direct);
        Path photo = photos.resolve("a.png");
        Object[] refused = {"understand", "-m", direct, "--condition-guidance", 2, "-o", out, photo, "--force"};
        String fault = "condition guidance is 2.0, but it compares with a noisy photo";
        assertThat(CommandRun.of(refused).errorLines())
                .singleElement()
                .asString()
                .contains(fault);
        assertThat(out.resolve("index.jsonl")).doesNotExist();
        succeed("understand", "-m", direct, "-o", out, photo);
        byte[] before = Files.readAllBytes(out.resolve("index.jsonl"));
        assertThat(CommandRun.of(refused).errorLines())
                .singleElement()
                .asString()
                .contains(fault);
        assertThat(out.resolve("index.jsonl")).hasBinaryContent(before);
    }

    @Test
    void aDamagedPhotoIsNamedAndTheOthersAreRead() throws IOException {
        Files.writeString(photos.resolve("trip/b.png"), "no picture");
        CommandRun run = CommandRun.of(understand(photos, "--batch", 2));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines().getFirst()).startsWith("mmgen: ").contains("trip/b.png");
        assertThat(run.errorLines().getLast()).contains("1 of 5 photos could not be read");
        assertThat(keys()).containsExactly("a-seed0", "e-seed0", "trip/c-seed0", "trip/day/d-seed0");
    }

    @Test
    void patternsAndSeveralFilesNamePhotos() throws IOException {
        Files.copy(photos.resolve("a.png"), photos.resolve("trip/e.png"));
        succeed(understand(photos + "/**.jpg", photos.resolve("trip/e.png"), photos.resolve("a.png")));
        assertThat(keys()).containsExactly("e-seed0", "e.png-seed0", "a-seed0");
        CommandRun none = CommandRun.of(understand(photos + "/*.webp"));
        assertThat(none.errorLines()).singleElement().asString().contains("*.webp", "names no photo");
        CommandRun among = CommandRun.of("understand", "-m", model, photos, "-o", photos);
        assertThat(among.errorLines()).singleElement().asString().contains("among the photos", "--out");
    }

    @Test
    void resultsBelowThePhotosAreNoPhotos() {
        out = photos.resolve("out");
        succeed(understand(photos));
        assertThat(succeed(understand(photos)).err()).contains("5 images are read already");
        assertThat(keys()).hasSize(5);
    }

    @Test
    void ensemblesHaveAMapOfUncertainty() {
        CommandRun run = succeed(understand(photos.resolve("a.png"), "--ensemble", 3, "--raw", "npy", "--json"));
        assertThat(run.out())
                .contains("\"ensemble\":3", "\"depth.uncertainty\":\"" + out.resolve("a-seed0.depth.uncertainty.png"));
        assertThat(out.toFile().list())
                .contains(
                        "a-seed0.depth.uncertainty.png",
                        "a-seed0.normal.uncertainty.npy",
                        "a-seed0.segmentation.uncertainty.npy");
    }
}
