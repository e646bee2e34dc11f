package dev.mmgen.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.batch.LoadedBatches;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.ImageSource;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.Sample;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.feature.DinoConfig;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.hdf5.PrecomputedSource;
import dev.mmgen.train.random.SeededDraws;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Images encoded on demand equal those that are prepared and stored. */
@ExtendWith(TensorLeakCheck.class)
class ImagesOnTheFlyTest {

    private static final int COUNT = 7;
    private static final List<String> MODALITIES = List.of("rgb", "mask");
    private static final SampleShape SHAPE = SampleShape.of(2, 4, 8, 8).withFeatures(9, 16);

    @TempDir
    private Path folder;

    private AutoencoderKl autoencoder;
    private DinoV2 dino;
    private JsonlIndex index;

    @BeforeEach
    void make() {
        autoencoder = new AutoencoderKl(AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1.0)
                .sampleSize(16)
                .build());
        dino = new DinoV2(DinoConfig.published(16, 2, 2).withPatchSize(4).withTrainedGrid(5));
        try (Generator generator = Generator.seeded(3)) {
            autoencoder.initialize(generator);
            dino.initialize(generator);
        }
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            Map<String, Path> images = new LinkedHashMap<>();
            for (String modality : MODALITIES) {
                byte[] rgb = new byte[23 * 18 * 3];
                new Random(31 * i + modality.hashCode()).nextBytes(rgb);
                images.put(modality, folder.resolve(modality).resolve(i + ".png"));
                RgbImage.of(23, 18, rgb).write(images.get(modality));
            }
            entries.add(new IndexEntry("c", i % 3, "c/" + i, images));
        }
        index = JsonlIndex.of(entries);
    }

    @AfterEach
    void free() {
        autoencoder.close();
        dino.close();
    }

    private SampleSource onTheFly() {
        return new ImageSource(MODALITIES, Encoding.posteriors(autoencoder, 16), Encoding.tokens(dino, Device.CPU, 12));
    }

    private Path file(String modality) {
        return folder.resolve(modality + ".h5");
    }

    private SampleSource precomputed() {
        PreparationConfig config = PreparationConfig.of(1);
        for (String modality : MODALITIES) {
            new Preparation(index, Encoding.posteriors(autoencoder, 16), config).run(modality, file(modality), _ -> {});
        }
        new Preparation(index, Encoding.tokens(dino, Device.CPU, 12), config).run("rgb", file("dino"), _ -> {});
        return PrecomputedSource.open(MODALITIES.stream().map(this::file).toList(), file("dino"));
    }

    @Test
    void samplesAreThoseThatPreparationStores() {
        try (SampleSource images = onTheFly();
                SampleSource files = precomputed()) {
            for (IndexEntry entry : index.entries()) {
                Sample encoded = images.read(entry, SHAPE);
                Sample stored = files.read(entry, SHAPE);
                assertThat(encoded.posteriors()).hasSize(2);
                for (int modality = 0; modality < 2; modality++) {
                    assertThat(values(encoded.posteriors().get(modality)))
                            .isEqualTo(values(stored.posteriors().get(modality)));
                }
                assertThat(values(encoded.posteriors().getFirst()))
                        .isNotEqualTo(values(encoded.posteriors().getLast()));
                assertThat(encoded.features()).isNotNull();
                assertThat(stored.features()).isNotNull();
                assertThat(values(encoded.features())).isEqualTo(values(stored.features()));
            }
        }
    }

    private static float[] values(StoredArray array) {
        return array.values();
    }

    @Test
    void resumedBatchesDrawTheSameLatents() {
        try (Dataset images = new Dataset(index, onTheFly(), SHAPE);
                Dataset files = new Dataset(index, precomputed(), SHAPE)) {
            LoaderConfig config = LoaderConfig.ofBatch(2).withSeed(5);
            try (LoadedBatches encoded = batches(images, config);
                    LoadedBatches stored = batches(files, config);
                    LoadedBatches resumed = batches(images, config)) {
                for (int step = 0; step < 5; step++) {
                    if (step == 4) {
                        resumed.moveTo(stored.position());
                    }
                    List<float[]> expected = numbers(stored, step);
                    assertThat(numbers(encoded, step))
                            .usingRecursiveComparison()
                            .isEqualTo(expected);
                    if (step == 4) {
                        assertThat(numbers(resumed, step))
                                .usingRecursiveComparison()
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    private static LoadedBatches batches(Dataset data, LoaderConfig config) {
        return new LoadedBatches(data, config, LatentNormalization.STABLE_DIFFUSION);
    }

    private static List<float[]> numbers(LoadedBatches batches, int step) {
        try (TensorScope _ = TensorScope.open();
                SeededDraws draws = SeededDraws.ofStep(1, step)) {
            TrainingBatch batch = batches.next(draws);
            assertThat(batch.features()).isNotNull();
            return List.of(batch.latents().toFloats(), batch.features().toFloats());
        }
    }

    @Test
    void statisticsAreThoseOfTheFiles() throws Exception {
        try (Dataset images = new Dataset(index, onTheFly(), SHAPE);
                SampleSource _ = precomputed()) {
            LatentNormalization.Statistics expected =
                    LatentStatistics.of(MODALITIES.stream().map(this::file).toList(), COUNT);
            assertClose(LatentStatistics.of(images, 100), expected);
            // Of three samples spread over seven, the second is left out.
            Files.delete(index.entries().get(2).image("mask"));
            LatentNormalization.Statistics some = LatentStatistics.of(images, 3);
            LatentStatistics two = new LatentStatistics(4);
            two.add(images.get(0).posteriors().getFirst());
            two.add(images.get(4).posteriors().getFirst());
            assertThat(some.means().getFirst()).isEqualTo(two.means());
            assertThat(some.deviations().getFirst()).isEqualTo(two.deviations());
            Files.delete(index.entries().get(0).image("rgb"));
            assertThatThrownBy(() -> LatentStatistics.of(images, 1))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("none of 1 samples can be read")
                    .hasMessageContaining(index.entries().get(0).image("rgb").toString());
        }
    }

    private static void assertClose(LatentNormalization.Statistics actual, LatentNormalization.Statistics expected) {
        for (int modality = 0; modality < 2; modality++) {
            for (int channel = 0; channel < 4; channel++) {
                assertThat(actual.means().get(modality).get(channel))
                        .isCloseTo(expected.means().get(modality).get(channel), Offset.offset(1e-12));
                assertThat(actual.deviations().get(modality).get(channel))
                        .isCloseTo(expected.deviations().get(modality).get(channel), Offset.offset(1e-12));
            }
        }
    }
}
