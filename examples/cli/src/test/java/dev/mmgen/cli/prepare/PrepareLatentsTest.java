package dev.mmgen.cli.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.hdf5.Hdf5Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareLatentsTest {

    private static final int COUNT = 5;

    @TempDir
    private Path folder;

    @BeforeEach
    void writeImagesAndAutoencoder() {
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            Map<String, Path> images = new LinkedHashMap<>();
            for (String modality : List.of("rgb", "depth", "mask")) {
                byte[] rgb = new byte[16 * 20 * 3];
                new Random(i).nextBytes(rgb);
                Path image = folder.resolve(modality).resolve(i + ".png");
                RgbImage.of(16, 20, rgb).write(image);
                images.put(modality, image);
            }
            entries.add(new IndexEntry("shape", 0, i + ".png", images));
        }
        JsonlIndex.of(entries).write(folder.resolve("index.jsonl"));
        AutoencoderConfig config = AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1.0)
                .sampleSize(16)
                .build();
        try (AutoencoderKl network = new AutoencoderKl(config);
                Generator generator = Generator.seeded(1)) {
            network.initialize(generator);
            AutoencoderFolder.write(network, folder.resolve("vae"));
        }
    }

    private CommandRun latents(Object... options) {
        Map<Object, Object> words = new LinkedHashMap<>(Map.of(
                "--index", folder.resolve("index.jsonl"), "--vae", folder.resolve("vae"), "--size", 16, "--batch", 2));
        for (int i = 0; i < options.length; i += 2) {
            words.put(options[i], options[i + 1]);
        }
        List<Object> arguments = new ArrayList<>(List.of("prepare", "latents"));
        words.forEach((name, value) -> arguments.addAll(List.of(name, value)));
        return CommandRun.of(arguments.toArray());
    }

    private List<float[]> stored(String file) {
        try (Hdf5Samples samples = Hdf5Samples.open(folder.resolve(file))) {
            assertThat(samples.keys()).hasSize(COUNT);
            List<float[]> all = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                assertThat(samples.shape(i + ".png")).containsExactly(4, 8, 8, 2);
                all.add(samples.read(i + ".png").values());
            }
            return all;
        }
    }

    @Test
    void allModalitiesOfTheIndexGoIntoAFolder() throws Exception {
        Path out = folder.resolve("moments");
        CommandRun run = latents("--out", out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains(out.resolve("mask.h5") + ": 5 samples");
        assertThat(stored("moments/rgb.h5").get(3))
                .isEqualTo(stored("moments/depth.h5").get(3))
                .isEqualTo(stored("moments/mask.h5").get(3));
        Files.delete(out.resolve("depth.h5"));
        CommandRun again = latents("--out", out);
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(again.err()).contains(out.resolve("rgb.h5") + " is complete already");
        assertThat(again.out()).isEqualToNormalizingNewlines(out.resolve("depth.h5") + ": 5 samples\n");
    }

    @Test
    void filesOfAnIndexThatHasGrownAreNotTakenForComplete() {
        List<IndexEntry> all = JsonlIndex.read(folder.resolve("index.jsonl")).entries();
        JsonlIndex.of(all.subList(0, COUNT - 2)).write(folder.resolve("index.jsonl"));
        latents("--out", folder.resolve("moments"));
        JsonlIndex.of(all).write(folder.resolve("index.jsonl"));
        CommandRun grown = latents("--out", folder.resolve("moments"));
        assertThat(grown.exitCode()).isNotZero();
        assertThat(grown.err()).contains("rgb.h5", "lacks 2 of the " + COUNT + " samples", "remove it");
    }

    @Test
    void shardsAreReadAsOneFile() {
        latents("--modality", "rgb", "--out", folder.resolve("whole.h5"));
        for (String shard : List.of("0/2", "1/2")) {
            CommandRun run =
                    latents("--modality", "rgb", "--out", folder.resolve("part.h5"), "--shard", shard, "--batch", 1);
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        assertThat(folder.resolve("part-00000-of-00002.h5")).exists();
        List<float[]> whole = stored("whole.h5");
        List<float[]> parts = stored("part.h5");
        for (int i = 0; i < COUNT; i++) {
            for (int k = 0; k < whole.get(i).length; k++) {
                assertThat(parts.get(i)[k]).isBetween(whole.get(i)[k] - 2e-6f, whole.get(i)[k] + 2e-6f);
            }
        }
    }

    @Test
    void bfloat16IsCloseToFloat32() {
        latents("--modality", "rgb", "--out", folder.resolve("exact.h5"));
        CommandRun run = latents("--modality", "rgb", "--out", folder.resolve("fast.h5"), "--dtype", "bfloat16");
        assertThat(run.exitCode()).as(run.err()).isZero();
        float[] exact = stored("exact.h5").getFirst();
        float[] fast = stored("fast.h5").getFirst();
        assertThat(fast).isNotEqualTo(exact);
        double error = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            error += Math.pow(exact[i] - fast[i], 2);
            size += Math.pow(exact[i], 2);
        }
        assertThat(Math.sqrt(error / size)).isLessThan(0.02);
    }

    @Test
    void missingImagesAreNamed() throws Exception {
        Files.delete(folder.resolve("rgb/2.png"));
        CommandRun refused = latents("--modality", "rgb", "--out", folder.resolve("rgb.h5"), "--bad-images", 0);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
                .contains("over the limit of 0")
                .contains(folder.resolve("rgb/2.png").toString());
        CommandRun run = latents("--modality", "rgb", "--out", folder.resolve("rgb.h5"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("rgb.h5: 4 samples");
        assertThat(run.err())
                .contains("1 sample was skipped:")
                .contains("  2.png: cannot read image " + folder.resolve("rgb/2.png"));
    }

    @Test
    void badInputIsOneLine() throws Exception {
        Files.createFile(folder.resolve("there.h5"));
        Path out = folder.resolve("out.h5");
        assertRefused(latents("--modality", "rgb", "--out", folder.resolve("there.h5")), "there.h5 exists already");
        assertRefused(latents("--out", out), "is to hold 3 modalities: rgb, depth, mask; name a folder");
        assertRefused(latents("--modality", "normal", "--out", out), "the index has no field 'path_normal'");
        assertRefused(
                latents("--modality", "rgb", "--out", out, "--vae", folder), "it is not the folder of an autoencoder");
        assertRefused(latents("--modality", "rgb", "--out", out, "--size", 15), "multiples of 2, not 15");
        CommandRun eight = latents("--modality", "rgb", "--out", out, "--dtype", "int8");
        assertThat(eight.exitCode()).isEqualTo(2);
        assertThat(eight.err()).contains("'--dtype'", "float32, bfloat16, float16 but was 'int8'");
        assertRefused(latents("--modality", "rgb", "--out", out, "--shard", "2/2"), "shards are numbered from 0 to 1");
        assertRefused(latents("--modality", "rgb", "--out", out, "--shard", "two"), "--shard two is not I/N");
        assertThat(out).doesNotExist();
    }

    private static void assertRefused(CommandRun run, String reason) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.errorLines().getLast()).startsWith("mmgen: ").contains(reason);
    }
}
