package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The data of a training, from an index of five samples with photos and masks of 8 x 8 pixels. */
@ExtendWith(TensorLeakCheck.class)
class TrainingDataTest {

    @TempDir
    private Path folder;

    private Path index;
    private Path autoencoder;

    @BeforeEach
    void write() {
        index = folder.resolve("index.jsonl");
        autoencoder = folder.resolve("vae");
        JsonlIndex.of(IntStream.range(0, 5).mapToObj(this::entry).toList()).write(index);
        try (AutoencoderKl network = new AutoencoderKl(AutoencoderConfig.stableDiffusion().toBuilder()
                        .blockOutChannels(8, 16)
                        .layersPerBlock(1)
                        .normNumGroups(4)
                        .sampleSize(8)
                        .build());
                Generator generator = Generator.seeded(3)) {
            network.initialize(generator);
            AutoencoderFolder.write(network, autoencoder);
        }
    }

    private IndexEntry entry(int number) {
        Map<String, Path> images = new LinkedHashMap<>();
        for (String modality : List.of("rgb", "mask")) {
            byte[] pixels = new byte[3 * 8 * 8];
            new Random(number).nextBytes(pixels);
            images.put(modality, folder.resolve(modality).resolve(number + ".png"));
            RgbImage.of(8, 8, pixels).write(images.get(modality));
        }
        return new IndexEntry("c", 0, "c/" + number, images);
    }

    private static TrainingPlan plan(String... modalities) {
        VelocityLoss loss = VelocityLoss.released()
                .withModalityWeights(List.of(modalities).stream().map(_ -> 1.0).toList())
                .withAlignmentWeight(0);
        return TrainingPlan.finetuning(TransformerConfig.small(4, modalities.length, 10), List.of(modalities), loss);
    }

    @Test
    void imagesAreEncodedAndMeasured() {
        TrainingData data = TrainingData.images(index);
        TrainingPlan plan = data.named(plan("rgb", "segmentation"));
        try (DataEncoders encoders = DataEncoders.open(autoencoder, null, Device.CPU);
                Dataset samples = data.open(plan, encoders, 0)) {
            assertThat(samples.size()).isEqualTo(5);
            assertThat(data.statistics(plan, encoders, "segmentation"))
                    .isEqualTo(data.statistics(plan, encoders, "rgb"));
        }
    }

    @Test
    void anIndexWithoutImagesOfAModalityIsRefusedWithTheRemedy() {
        TrainingData data = TrainingData.images(index);
        TrainingPlan plan = plan("rgb", "depth", "segmentation");
        try (DataEncoders encoders = DataEncoders.open(autoencoder, null, Device.CPU)) {
            assertThatThrownBy(() -> data.open(plan, encoders, 0))
                    .isInstanceOf(DataException.class)
                    .hasMessageContainingAll(index.toString(), "rgb, mask alone", "{\"modalities\": 2}", "[1.0, 0.2]");
        }
    }

    @Test
    void latentsMustBeThoseOfThePlan() {
        Map<String, Path> latents = new LinkedHashMap<>();
        latents.put("rgb", folder.resolve("rgb.h5"));
        latents.put("mask", folder.resolve("mask.h5"));
        TrainingData data = new TrainingData(index, latents, null);
        assertThat(data.named(plan("rgb", "segmentation")).modalities()).containsExactly("rgb", "segmentation");
        assertThatThrownBy(() -> data.named(plan("rgb", "depth")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("rgb, depth", "latents of rgb, segmentation");
        assertThatThrownBy(() -> data.named(TrainingPlan.released()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("4 modalities", "latents of 2");
    }
}
