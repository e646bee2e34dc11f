package dev.mmgen.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.codec.TiledAutoencoder;
import dev.mmgen.codec.Tiling;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An autoencoder and a normalization that a user brings, through the encoder, the decoder and the tiles. */
@ExtendWith(TensorLeakCheck.class)
class OwnAutoencoderTest {

    /** Squares of 4 × 4 pixels become 48 channels of one latent pixel, and back: nothing is lost. */
    private static class Squares implements Autoencoder {

        @Override
        public int imageChannels() {
            return 3;
        }

        @Override
        public int latentChannels() {
            return 48;
        }

        @Override
        public int factor() {
            return 4;
        }

        @Override
        public Device device() {
            return Device.CPU;
        }

        @Override
        public @Nullable Posterior encode(Tensor images) {
            long rows = images.size(2) / 4;
            long columns = images.size(3) / 4;
            return Posterior.certain(images.reshape(images.size(0), 3, rows, 4, columns, 4)
                    .permute(0, 1, 3, 5, 2, 4)
                    .reshape(images.size(0), 48, rows, columns));
        }

        @Override
        public @Nullable Tensor decode(Tensor latents) {
            long rows = latents.size(2);
            long columns = latents.size(3);
            return latents.reshape(latents.size(0), 3, 4, 4, rows, columns)
                    .permute(0, 1, 4, 2, 5, 3)
                    .reshape(latents.size(0), 3, 4 * rows, 4 * columns);
        }
    }

    /** Latents of later modalities are larger. */
    private static final LatentNormalization BY_PLACE = new LatentNormalization() {
        @Override
        public Tensor normalise(Tensor raw, int modality) {
            return raw.mul(1 << modality);
        }

        @Override
        public Tensor restore(Tensor latents, int modality) {
            return latents.div(1 << modality);
        }
    };

    private static RgbImage picture(int seed) {
        byte[] rgb = new byte[3 * 24 * 16];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * (seed + 3) + i / 48);
        }
        return RgbImage.of(24, 16, rgb);
    }

    private static Map<Modality, RgbImage> scene() {
        Map<Modality, RgbImage> scene = new LinkedHashMap<>();
        for (Modality modality : ModalitySet.standard()) {
            scene.put(modality, picture(scene.size()));
        }
        return scene;
    }

    private static MultiModalEncoder encoder(Autoencoder autoencoder, LatentNormalization normalization) {
        return new MultiModalEncoder(autoencoder, ModalitySet.standard(), normalization, UnaryOperator.identity());
    }

    private static List<Map<Modality, RgbImage>> decoded(Autoencoder autoencoder, Tensor latents) {
        return new MultiModalDecoder(autoencoder, ModalitySet.standard(), BY_PLACE)
                .decode(latents, ModalitySet.standard().list(), Quantization.ROUND);
    }

    @Test
    void picturesComeBackThroughAnAutoencoderOfOnesOwn() {
        for (Autoencoder autoencoder : List.of(new Squares(), new TiledAutoencoder(new Squares(), new Tiling(16, 8)))) {
            try (Tensor latents = encoder(autoencoder, BY_PLACE).encode(scene(), null)) {
                assertThat(latents.shape().toArray()).containsExactly(1, 4 * 48, 4, 6);
                assertThat(decoded(autoencoder, latents)).containsExactly(scene());
            }
        }
    }

    @Test
    void tensorsThatAPartLeavesBehindAreFreed() {
        Autoencoder careless = new Squares() {
            @Override
            public Tensor decode(Tensor latents) {
                latents.add(1).unscoped().close();
                Tensor left = latents.mul(2);
                assertThat(left.rank()).isEqualTo(4);
                return super.decode(latents);
            }
        };
        try (Tensor latents = encoder(careless, BY_PLACE).encode(scene(), null)) {
            assertThat(decoded(careless, latents)).containsExactly(scene());
        }
    }

    /** A part with one fault in what it returns. */
    private record Faulty(UnaryOperator<@Nullable Tensor> images, UnaryOperator<@Nullable Posterior> posteriors)
            implements Autoencoder {

        private static final Squares SOUND = new Squares();

        @Override
        public int imageChannels() {
            return 3;
        }

        @Override
        public int latentChannels() {
            return 48;
        }

        @Override
        public int factor() {
            return 4;
        }

        @Override
        public Device device() {
            return Device.CPU;
        }

        @Override
        public @Nullable Posterior encode(Tensor images) {
            return posteriors.apply(SOUND.encode(images));
        }

        @Override
        public @Nullable Tensor decode(Tensor latents) {
            return images.apply(SOUND.decode(latents));
        }
    }

    private static void assertDecodingNames(UnaryOperator<@Nullable Tensor> fault, String... parts) {
        Autoencoder faulty = new Faulty(fault, UnaryOperator.identity());
        try (Tensor latents = Torch.full(0.1, DType.FLOAT32, Device.CPU, Shape.of(2, 192, 4, 4))) {
            for (Autoencoder autoencoder : List.of(faulty, new TiledAutoencoder(faulty, new Tiling(8, 4)))) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> decoded(autoencoder, latents))
                        .withMessageContaining(Faulty.class.getName())
                        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
            }
        }
    }

    @Test
    void aDecoderThatBreaksItsContractIsNamed() {
        assertDecodingNames(images -> null, "null", "decode");
        assertDecodingNames(images -> images.slice(1, 0, 2), "[2, 2, ", "[2, 3, ");
        assertDecodingNames(images -> images.div(0), "not finite");
        assertDecodingNames(images -> images.mul(Double.NaN), "not finite");
        assertDecodingNames(images -> images.to(DType.FLOAT64), "float64", "float32");
        assertDecodingNames(
                images -> {
                    throw new UnsupportedOperationException("no decoder today");
                },
                "no decoder today",
                "decode");
    }

    @Test
    void anEncoderThatBreaksItsContractIsNamed() {
        for (UnaryOperator<@Nullable Posterior> fault : List.<UnaryOperator<@Nullable Posterior>>of(
                posterior -> null,
                posterior -> Posterior.certain(posterior.mean().slice(1, 0, 5)),
                posterior -> Posterior.certain(posterior.mean().div(0)),
                posterior -> new Posterior(
                        posterior.mean(), posterior.logvar(), posterior.std().mul(Double.NaN)),
                posterior -> new Posterior(posterior.mean(), posterior.logvar().slice(0, 0, 0), posterior.std()))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> encoder(new Faulty(UnaryOperator.identity(), fault), BY_PLACE)
                            .encode(scene(), null))
                    .withMessageContaining(Faulty.class.getName())
                    .withMessageContaining("encode");
        }
    }

    @Test
    void aNormalizationThatBreaksItsContractIsNamed() {
        LatentNormalization faulty = new LatentNormalization() {
            @Override
            public Tensor normalise(Tensor raw, int modality) {
                return raw.slice(2, 0, 1);
            }

            @Override
            public Tensor restore(Tensor latents, int modality) {
                return latents.div(0);
            }
        };
        assertThatIllegalStateException()
                .isThrownBy(() -> encoder(new Squares(), faulty).encode(scene(), null))
                .withMessageContaining(
                        "latent normalization " + faulty.getClass().getName())
                .withMessageContaining("normalise");
        try (TensorScope _ = TensorScope.open()) {
            Tensor latents = encoder(new Squares(), BY_PLACE).encode(scene(), null);
            MultiModalDecoder decoder = new MultiModalDecoder(new Squares(), ModalitySet.standard(), faulty);
            assertThatIllegalStateException()
                    .isThrownBy(() -> decoder.decode(latents))
                    .withMessageContaining("restore")
                    .withMessageContaining("not finite");
        }
    }
}
