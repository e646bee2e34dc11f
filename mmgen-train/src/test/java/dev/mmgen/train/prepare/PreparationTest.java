package dev.mmgen.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.Posterior;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.Normalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.feature.DinoConfig;
import dev.mmgen.train.feature.DinoFeatures;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.hdf5.Hdf5Samples;
import dev.mmgen.train.hdf5.Shards;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class PreparationTest {

    private static final int COUNT = 11;

    private static AutoencoderKl autoencoder;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeAutoencoder() {
        autoencoder = new AutoencoderKl(AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1.0)
                .sampleSize(16)
                .build());
        try (Generator generator = Generator.seeded(3)) {
            autoencoder.initialize(generator);
        }
    }

    @AfterAll
    static void freeAutoencoder() {
        autoencoder.close();
    }

    private Path image(int number) {
        return folder.resolve("rgb/c" + number % 2 + "/" + number + ".png");
    }

    private JsonlIndex index() {
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            byte[] rgb = new byte[21 * 18 * 3];
            new Random(i).nextBytes(rgb);
            RgbImage.of(21, 18, rgb).write(image(i));
            entries.add(new IndexEntry("c" + i % 2, i % 2, "c" + i % 2 + "/" + i + ".png", Map.of("rgb", image(i))));
        }
        return JsonlIndex.of(entries);
    }

    private Path target() {
        return folder.resolve("out/rgb.h5");
    }

    private Preparation preparation(JsonlIndex index, PreparationConfig config) {
        return new Preparation(index, Encoding.posteriors(autoencoder, 16), config);
    }

    private static float[] posteriors(Path image) {
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            float[] pixels =
                    Normalization.SIGNED.apply(new CenterCrop(16).apply(RgbImage.read(image, ImageReading.REFERENCE)));
            Posterior posterior = autoencoder.encode(Torch.tensor(pixels, 1, 3, 16, 16));
            return Torch.stack(List.of(posterior.mean(), posterior.std()), -1).toFloats();
        }
    }

    private void assertHoldsAll(JsonlIndex index) {
        try (Hdf5Samples samples = Hdf5Samples.open(target())) {
            assertThat(samples.keys()).hasSize(COUNT);
            for (IndexEntry entry : index.entries()) {
                assertThat(samples.shape(entry.key())).containsExactly(4, 8, 8, 2);
                float[] expected = posteriors(entry.image("rgb"));
                float[] stored = samples.read(entry.key()).values();
                for (int i = 0; i < expected.length; i++) {
                    // a batch is not convolved in the order of a single image
                    assertThat(stored[i]).isCloseTo(expected[i], Offset.offset(2e-6f));
                }
            }
        }
    }

    @Test
    void posteriorIsThatOfTheCroppedImage() {
        JsonlIndex index = index();
        List<Preparation.Progress> seen = new ArrayList<>();
        Preparation.Result result = preparation(index, PreparationConfig.of(4)).run("rgb", target(), seen::add);
        assertThat(result).isEqualTo(new Preparation.Result(target(), COUNT, Map.of()));
        assertThat(seen).extracting(Preparation.Progress::done).containsExactly(0, 4, 8, 11);
        assertThat(seen).allMatch(progress -> progress.total() == COUNT);
        assertHoldsAll(index);
    }

    @Test
    void interruptedRunIsResumed() {
        JsonlIndex index = index();
        Preparation preparation = preparation(index, PreparationConfig.of(3).withReaders(1));
        assertThatThrownBy(() -> preparation.run("rgb", target(), progress -> {
                    if (progress.done() == 6) {
                        throw new IllegalStateException("killed");
                    }
                }))
                .hasMessage("killed");
        assertThat(target()).doesNotExist();
        List<Preparation.Progress> seen = new ArrayList<>();
        preparation.run("rgb", target(), seen::add);
        assertThat(seen).extracting(Preparation.Progress::done).containsExactly(6, 9, 11);
        assertHoldsAll(index);
        assertThatThrownBy(() -> preparation.run("rgb", target(), _ -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("rgb.h5 exists already");
    }

    @Test
    void shardsAreReadAsOneFile() {
        JsonlIndex index = index();
        for (int shard = 0; shard < 3; shard++) {
            PreparationConfig config = PreparationConfig.of(2).withSelection(Selection.ofShard(shard, 3));
            Preparation.Result result = preparation(index, config).run("rgb", target(), _ -> {});
            assertThat(result.file())
                    .isEqualTo(folder.resolve("out/rgb-0000" + shard + "-of-00003.h5"))
                    .exists();
        }
        assertHoldsAll(index);
        new Shards(target(), 3).merge();
        assertHoldsAll(index);
    }

    @Test
    void badImagesAreNamedAndLimited() throws Exception {
        JsonlIndex index = index();
        Files.delete(image(2));
        Files.writeString(image(7), "no picture");
        assertThatThrownBy(() -> preparation(index, PreparationConfig.of(4).withBadImageLimit(1))
                        .run("rgb", target(), _ -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2 images cannot be read, over the limit of 1")
                .hasMessageContaining(image(7).toString());
        Preparation.Result result = preparation(index, PreparationConfig.of(4)).run("rgb", target(), _ -> {});
        assertThat(result.samples()).isEqualTo(COUNT - 2);
        assertThat(result.bad()).containsOnlyKeys("c0/2.png", "c1/7.png");
        assertThat(result.bad().get("c0/2.png")).contains(image(2).toString());
        try (Hdf5Samples samples = Hdf5Samples.open(target())) {
            assertThat(samples.contains("c0/2.png")).isFalse();
            assertThat(samples.contains("c1/1.png")).isTrue();
        }
    }

    @Test
    void noFileIsWrittenWithoutSamples() throws Exception {
        JsonlIndex index = index();
        for (int i = 0; i < COUNT; i++) {
            Files.delete(image(i));
        }
        assertThatThrownBy(() -> preparation(index, PreparationConfig.of(4)).run("rgb", target(), _ -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none of the images of 'rgb' can be read")
                .hasMessageContaining("10.png");
        assertThat(target()).doesNotExist();
    }

    @Test
    void impossibleWorkIsRefusedBeforeItBegins() {
        JsonlIndex index = index();
        List<IndexEntry> twice = new ArrayList<>(index.entries());
        twice.add(twice.getFirst());
        PreparationConfig config = PreparationConfig.of(4);
        assertThatThrownBy(() -> preparation(index, config).run("depth", target(), _ -> {}))
                .hasMessage("the index has no field 'path_depth'; its images are of [rgb]");
        assertThatThrownBy(() -> preparation(JsonlIndex.of(twice), config).run("rgb", target(), _ -> {}))
                .hasMessageContaining("lists the sample 'c0/0.png' twice");
        assertThatThrownBy(() -> Encoding.posteriors(autoencoder, 15)).hasMessageContaining("multiples of 2, not 15");
        assertThatThrownBy(() -> PreparationConfig.of(0))
                .hasMessageContaining("'batchSize' is 0; it must be from 1 to 65536");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void tokensAreThoseOfTheFeatureEncoder() {
        JsonlIndex index = index();
        try (DinoV2 model = new DinoV2(
                        DinoConfig.published(16, 2, 2).withPatchSize(4).withTrainedGrid(5));
                Generator generator = Generator.seeded(4)) {
            model.initialize(generator);
            new Preparation(index, Encoding.tokens(model, Device.CPU, 12), PreparationConfig.of(1))
                    .run("rgb", target(), _ -> {});
            DinoFeatures features = new DinoFeatures(model, Device.CPU, 12);
            try (Hdf5Samples samples = Hdf5Samples.open(target())) {
                for (IndexEntry entry : index.entries()) {
                    assertThat(samples.shape(entry.key())).containsExactly(9, 16);
                    RgbImage photo = RgbImage.read(entry.image("rgb"), ImageReading.REFERENCE);
                    assertThat(samples.read(entry.key()).values())
                            .isEqualTo(features.encode(photo).values());
                }
            }
            assertThatThrownBy(() -> Encoding.tokens(model, Device.CPU, 10)).hasMessageContaining("patches of 4");
        }
    }
}
