package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.autoencoder.ImageBatch;
import dev.mmgen.train.autoencoder.ImageBatches;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.random.SeededDraws;
import org.junit.jupiter.api.Test;

class EndlessScenesTest {

    private static final int SIDE = 16;
    private static final EndlessScenes SCENES =
            EndlessScenes.of(ShapesWorld.SECOND, Split.TRAIN).withSize(SIDE).withThreads(2);

    @Test
    void imagesAreThreePicturesOfOneSceneAfterTheOther() {
        try (TensorScope _ = TensorScope.open();
                ImageBatches images = SCENES.images(8)) {
            images.next();
            ImageBatch second = images.next();

            // Images 8 to 15: from the third of scene 2 on.
            assertThat(images.modalities()).containsExactly("rgb", "depth", "normal", "mask", "instances", "canny");
            assertThat(second.modalities()).containsExactly(2, 0, 3, 5, 0, 1, 2, 0);
            assertThat(levels(second.images().select(0, 0)))
                    .isEqualTo(SCENES.render(2).normalPicture().rgb());
            assertThat(levels(second.images().select(0, 1)))
                    .isEqualTo(SCENES.render(3).rgb().rgb());
            assertThat(levels(second.images().select(0, 5)))
                    .isEqualTo(SCENES.render(4).depthPicture().rgb());
        }
    }

    @Test
    void aThirdOfTheImagesArePhotosAndATwelfthEdges() {
        try (TensorScope _ = TensorScope.open();
                ImageBatches images = SCENES.images(12)) {
            images.next();
            int[] count = new int[6];
            for (int modality : images.next().modalities()) {
                count[modality]++;
            }
            assertThat(count).containsExactly(4, 2, 2, 2, 1, 1);
        }
    }

    private static byte[] levels(Tensor image) {
        float[] values = image.permute(1, 2, 0).contiguous().toFloats();
        byte[] levels = new byte[values.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) Math.round((values[i] + 1) * 127.5f);
        }
        return levels;
    }

    @Test
    void imagesGoOnFromAPositionWithAnyNumberOfThreads() {
        try (TensorScope _ = TensorScope.open();
                ImageBatches one = SCENES.images(6);
                ImageBatches other = SCENES.withThreads(1).images(6)) {
            for (int i = 0; i < 3; i++) {
                one.next();
            }
            assertThat(one.position()).isEqualTo(new LoaderPosition(0, 3));
            other.next();
            other.moveTo(one.position());
            assertThat(other.position()).isEqualTo(one.position());
            for (int i = 0; i < 2; i++) {
                assertThat(levels(other.next().images().select(0, 3)))
                        .isEqualTo(levels(one.next().images().select(0, 3)));
            }
        }
    }

    @Test
    void anotherBatchSizeGoesOnWithTheSameImage() {
        try (ImageBatches large = SCENES.images(12);
                ImageBatches small = SCENES.images(6)) {
            EpochSize size = small.epochSize();
            assertThat(size).isNotNull();
            assertThat(size.at(new LoaderPosition(0, 5), large.epochSize())).isEqualTo(new LoaderPosition(0, 10));
        }
    }

    @Test
    void latentsAreThoseOfTheScenesPictures() {
        LatentNormalization normalization = new LatentNormalization.Scaling(0.5);
        try (AutoencoderKl autoencoder = autoencoder();
                BatchSource latents = SCENES.latents(autoencoder, normalization, 2);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            first(latents);
            TrainingBatch batch;
            try (SeededDraws draws = SeededDraws.ofStep(1, 1)) {
                batch = latents.next(draws);
            }
            assertThat(batch.latents().shape().toArray()).containsExactly(2, 4 * 4, 4, 4);
            assertThat(batch.labels().toLongs()).containsExactly(category(2), category(3));
            assertThat(latents.normalization()).isEqualTo(normalization);
            assertThat(latents.position()).isEqualTo(new LoaderPosition(0, 2));
            try (SeededDraws draws = SeededDraws.ofStep(1, 1)) {
                byte[] photos = new byte[2 * 3 * SIDE * SIDE];
                for (int i = 0; i < 2; i++) {
                    byte[] rgb = SCENES.render(2 + i).rgb().rgb();
                    System.arraycopy(rgb, 0, photos, i * rgb.length, rgb.length);
                }
                Posterior posterior = autoencoder.encode(
                        ImageBatch.of(photos, SIDE, new int[2]).images());
                Tensor expected = posterior.sample(draws.normal(2, 4, 4, 4)).mul(0.5);
                assertThat(batch.latents().slice(1, 0, 4).contiguous().toFloats())
                        .containsExactly(expected.toFloats());
            }
        }
    }

    private static void first(BatchSource latents) {
        try (SeededDraws draws = SeededDraws.ofStep(1, 0)) {
            latents.next(draws);
        }
    }

    private static long category(long index) {
        return SCENES.render(index).scene().category().ordinal();
    }

    private static AutoencoderKl autoencoder() {
        AutoencoderKl autoencoder = new AutoencoderKl(AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 8, 8)
                .layersPerBlock(1)
                .normNumGroups(4)
                .sampleSize(SIDE)
                .build());
        try (Generator generator = Generator.seeded(1)) {
            autoencoder.initialize(generator);
        }
        return autoencoder;
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SCENES.withSize(0))
                .withMessageContaining("0 pixels");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SCENES.withThreads(0))
                .withMessageContaining("0 threads");
        assertThatIllegalArgumentException().isThrownBy(() -> SCENES.images(0)).withMessageContaining("batches of 0");
    }
}
