package dev.mmgen.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class MultiModalCodecTest {

    private static final LatentNormalization NORMALIZATION = new LatentNormalization.Statistics(
            Collections.nCopies(4, List.of(0.1, 0.2, 0.3, 0.4)), List.of(fours(1), fours(2), fours(3), fours(4)));

    private AutoencoderKl network;
    private MultiModalEncoder encoder;
    private MultiModalDecoder decoder;

    private static List<Double> fours(double value) {
        return Collections.nCopies(4, value);
    }

    @BeforeEach
    void open() {
        network = SmallAutoencoders.tiny();
        encoder = new MultiModalEncoder(network, ModalitySet.standard(), NORMALIZATION, new CenterCrop(16)::apply);
        decoder = new MultiModalDecoder(network, ModalitySet.standard(), NORMALIZATION);
    }

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void placesLatentsInTheSlotsOfTheirModalities() {
        try (TensorScope _ = TensorScope.open()) {
            RgbImage depth = picture(1, 16, 16);
            Tensor latents = encoder.encode(Map.of(Modality.DEPTH, depth, Modality.RGB, picture(2, 40, 20)), null);
            assertThat(latents.shape()).isEqualTo(Shape.of(1, 16, 4, 4));
            Tensor mean = network.encode(encoder.pixels(List.of(depth))).mean();
            assertThat(ModalitySet.standard().slot(latents, Modality.DEPTH).toFloats())
                    .isEqualTo(NORMALIZATION.normalise(mean, 1).toFloats());
            assertThat(ModalitySet.standard()
                            .slot(latents, Modality.RGB)
                            .abs()
                            .amax()
                            .item())
                    .isPositive();
            assertThat(ModalitySet.standard().slot(latents, Modality.NORMAL).toFloats())
                    .containsOnly(0f);
            assertThat(ModalitySet.standard()
                            .slot(latents, Modality.SEGMENTATION)
                            .toFloats())
                    .containsOnly(0f);
        }
    }

    @Test
    void drawsFromThePosteriorWithTheSlotsOfTheNoise() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1)) {
            RgbImage normal = picture(3, 16, 16);
            Tensor noise = Torch.randn(generator, DType.FLOAT32, 1, 16, 4, 4);
            Tensor latents = encoder.encode(Map.of(Modality.NORMAL, normal), noise);
            Posterior posterior = network.encode(encoder.pixels(List.of(normal)));
            Tensor expected = NORMALIZATION.normalise(posterior.sample(noise.slice(1, 8, 12)), 2);
            assertThat(ModalitySet.standard().slot(latents, Modality.NORMAL).toFloats())
                    .isEqualTo(expected.toFloats());
        }
    }

    @Test
    void pixelsAreCroppedAndSigned() {
        try (TensorScope _ = TensorScope.open()) {
            byte[] levels = new byte[16 * 16 * 3];
            levels[0] = (byte) 255;
            levels[4] = (byte) 51;
            Tensor pixels = encoder.pixels(List.of(RgbImage.of(16, 16, levels), picture(4, 50, 33)));
            assertThat(pixels.shape()).isEqualTo(Shape.of(2, 3, 16, 16));
            assertThat(pixels.select(0, 0)
                            .select(0, 0)
                            .select(0, 0)
                            .select(0, 0)
                            .item())
                    .isEqualTo(1);
            assertThat(pixels.select(0, 0)
                            .select(0, 1)
                            .select(0, 0)
                            .select(0, 1)
                            .item())
                    .isEqualTo(-0.6f);
            assertThat(pixels.amin().item()).isEqualTo(-1);
        }
    }

    @Test
    void decodesEachModalityWithItsOwnNormalisation() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(2)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 2, 16, 4, 4);
            List<Map<Modality, RgbImage>> decoded = decoder.decode(latents);
            assertThat(decoded).hasSize(2);
            assertThat(decoded.get(1).keySet()).containsExactlyElementsOf(ModalitySet.standard());
            Tensor raw = NORMALIZATION.restore(latents.slice(1, 12, 16), 3);
            Tensor image = network.decode(raw).select(0, 1);
            assertThat(decoded.get(1).get(Modality.SEGMENTATION))
                    .isEqualTo(Quantization.TRUNCATE.toRgbImage(image.toFloats(), 16, 16));
        }
    }

    @Test
    void decodesTheWantedModalitiesOnly() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor latents = Torch.zeros(1, 16, 2, 3);
            Map<Modality, RgbImage> decoded = decoder.decode(
                            latents, List.of(Modality.NORMAL, Modality.RGB), Quantization.ROUND)
                    .getFirst();
            assertThat(decoded.keySet()).containsExactly(Modality.NORMAL, Modality.RGB);
            assertThat(decoded.get(Modality.RGB))
                    .extracting(RgbImage::width, RgbImage::height)
                    .containsExactly(12, 8);
        }
    }

    @Test
    void theSizeOfPassesDoesNotChangeTheResult() {
        assertThat(Passes.size(256, 256)).isEqualTo(4);
        assertThat(Passes.size(1 << 20, 1 << 20)).isEqualTo(1);
        assertThat(Passes.end(0, 4, 6)).isEqualTo(4);
        assertThat(Passes.end(4, 4, 6)).isEqualTo(6);
        assertThat(Passes.end(0, 4, 5)).as("no picture is left alone").isEqualTo(5);
        assertThat(Passes.end(0, 1, 2)).isEqualTo(1);
        MultiModalEncoder large =
                new MultiModalEncoder(network, ModalitySet.standard(), NORMALIZATION, new CenterCrop(256)::apply);
        List<RgbImage> pictures = List.of(
                picture(5, 256, 256),
                picture(6, 256, 256),
                picture(7, 256, 256),
                picture(8, 256, 256),
                picture(9, 256, 256));
        try (TensorScope _ = TensorScope.open()) {
            Tensor together = large.encode(Modality.RGB, pictures, null);
            Tensor last = large.encode(Modality.RGB, pictures.subList(4, 5), null);
            assertThat(together.size(0)).isEqualTo(5);
            assertThat(together.select(0, 4).sub(last.select(0, 0)).abs().amax().item())
                    .isLessThan(1e-5);
        }
    }

    @Test
    void partsAndInputsThatDoNotFitAreRefused() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor latents = Torch.zeros(1, 12, 4, 4);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decoder.decode(latents))
                    .withMessageContaining("[N, 16, h, w]")
                    .withMessageContaining("[1, 12, 4, 4]");
            Modality canny = Modality.named("canny");
            assertThatExceptionOfType(NoSuchElementException.class)
                    .isThrownBy(() -> encoder.encode(canny, List.of(picture(1, 16, 16)), null))
                    .withMessageContaining("canny");
            assertThatIllegalArgumentException().isThrownBy(() -> encoder.encode(Modality.RGB, List.of(), null));
            assertThatIllegalArgumentException().isThrownBy(() -> encoder.encode(Map.of(), null));
            Tensor noise = Torch.zeros(2, 4, 4, 4);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encoder.encode(Modality.RGB, List.of(picture(1, 16, 16)), noise))
                    .withMessageContaining("noise");
            MultiModalEncoder uncropped =
                    new MultiModalEncoder(network, ModalitySet.standard(), NORMALIZATION, picture -> picture);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> uncropped.encode(
                            Map.of(Modality.RGB, picture(1, 16, 16), Modality.DEPTH, picture(1, 20, 16)), null))
                    .withMessageContaining("differ in size");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiModalDecoder(network, ModalitySet.of(Modality.RGB), NORMALIZATION));
    }

    private static RgbImage picture(int seed, int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        new Random(seed).nextBytes(rgb);
        return RgbImage.of(width, height, rgb);
    }
}
