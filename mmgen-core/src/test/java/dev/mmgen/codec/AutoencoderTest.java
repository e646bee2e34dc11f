package dev.mmgen.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class AutoencoderTest {

    @Test
    void refusesShapesThatDoNotFit() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                TensorScope _ = TensorScope.open()) {
            Tensor odd = Torch.zeros(1, 3, 16, 18);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> network.encode(odd))
                    .withMessageContaining("multiples of 4")
                    .withMessageContaining("[1, 3, 16, 18]");
            for (long[] shape : new long[][] {{1, 4, 16, 16}, {3, 16, 16}, {1, 3, 0, 16}}) {
                Tensor image = Torch.zeros(shape);
                assertThatIllegalArgumentException().isThrownBy(() -> network.encode(image));
            }
            for (long[] shape : new long[][] {{1, 3, 4, 4}, {4, 4, 4}, {1, 4, 0, 4}}) {
                Tensor latents = Torch.zeros(shape);
                assertThatIllegalArgumentException().isThrownBy(() -> network.decode(latents));
            }
        }
    }

    @Test
    void samplesWithTheGivenNoise() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1)) {
            Posterior posterior = network.encode(Torch.randn(generator, DType.FLOAT32, 2, 3, 16, 24));
            assertThat(posterior.mean().shape()).isEqualTo(Shape.of(2, 4, 4, 6));
            assertThat(posterior.sample(Torch.zeros(2, 4, 4, 6)).toFloats())
                    .isEqualTo(posterior.mode().toFloats());
            assertThat(posterior.sample(Torch.ones(2, 4, 4, 6)).toFloats())
                    .isEqualTo(posterior.mean().add(posterior.std()).toFloats());
            Tensor other = Torch.zeros(1, 4, 4, 6);
            assertThatIllegalArgumentException().isThrownBy(() -> posterior.sample(other));
        }
    }

    @Test
    void closingAPosteriorWithoutAScopeLeavesNothing() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                Tensor image = Torch.zeros(1, 3, 8, 8)) {
            long before = Torch.liveTensors();
            try (Posterior posterior = network.encode(image);
                    Tensor decoded = network.decode(posterior.mean())) {
                assertThat(Torch.liveTensors()).isEqualTo(before + 4);
                assertThat(decoded.shape()).isEqualTo(Shape.of(1, 3, 8, 8));
            }
            assertThat(Torch.liveTensors()).isEqualTo(before);
        }
    }

    @Test
    void bfloat16WeightsGiveAboutTheSameInFloat32() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(2)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 1, 4, 8, 8);
            Tensor precise = network.decode(latents);
            network.to(Device.CPU, DType.BFLOAT16);
            Tensor rough = network.decode(latents);
            assertThat(rough.dtype()).isEqualTo(DType.FLOAT32);
            assertThat(relative(rough, precise)).isBetween(1e-6, 0.1);
        }
    }

    @Test
    void variantsHaveFewerParts() {
        AutoencoderConfig full = SmallAutoencoders.tinyConfig();
        AutoencoderConfig bare = AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(full.blockOutChannels())
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1.0)
                .sampleSize(32)
                .midBlockAddAttention(false)
                .useQuantConv(false)
                .usePostQuantConv(false)
                .build();
        try (AutoencoderKl network = new AutoencoderKl(bare);
                TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(3)) {
            network.initialize(generator);
            assertThat(network.parameters().keySet())
                    .noneMatch(key -> key.contains("attentions") || key.contains("quant_conv"));
            try (Posterior posterior = network.encode(Torch.zeros(1, 3, 8, 8))) {
                assertThat(posterior.mean().shape()).isEqualTo(Shape.of(1, 4, 2, 2));
            }
        }
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(List.of(8, 10), 4))
                .withMessageContaining("norm_num_groups");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(List.of(), 4))
                .withMessageContaining("block_out_channels");
        assertThatIllegalArgumentException().isThrownBy(() -> config(List.of(8), 0));
        assertThatIllegalArgumentException().isThrownBy(() -> config(List.of(1 << 30), 4));
    }

    private static AutoencoderConfig config(List<Integer> channels, int groups) {
        return AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(channels)
                .layersPerBlock(1)
                .normNumGroups(groups)
                .scalingFactor(1)
                .sampleSize(32)
                .build();
    }

    @Test
    void oneTileIsExactlyTheWholeImage() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(4)) {
            TiledAutoencoder tiled = new TiledAutoencoder(network, new Tiling(32, 8));
            Tensor image = Torch.randn(generator, DType.FLOAT32, 1, 3, 32, 24);
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 1, 4, 8, 6);
            assertThat(tiled.encode(image).logvar().toFloats())
                    .isEqualTo(network.encode(image).logvar().toFloats());
            assertThat(tiled.decode(latents).toFloats())
                    .isEqualTo(network.decode(latents).toFloats());
        }
    }

    @Test
    void tilesAreTheNetworksOutputAndBlendWhereTheyOverlap() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5)) {
            TiledAutoencoder tiled = new TiledAutoencoder(network, new Tiling(32, 8));
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 2, 4, 5, 13);
            Tensor image = tiled.decode(latents);
            assertThat(image.shape()).isEqualTo(Shape.of(2, 3, 20, 52));
            Tensor left = network.decode(latents.slice(3, 0, 8));
            Tensor right = network.decode(latents.slice(3, 5, 13));
            assertThat(relative(image.slice(3, 0, 20), left.slice(3, 0, 20))).isLessThan(1e-6);
            assertThat(relative(image.slice(3, 32, 52), right.slice(3, 12, 32))).isLessThan(1e-6);
            double weight = 5.5 / 12;
            Tensor middle = left.slice(3, 25, 26)
                    .mul(1 - weight)
                    .add(right.slice(3, 5, 6).mul(weight));
            assertThat(relative(image.slice(3, 25, 26), middle)).isLessThan(1e-5);
        }
    }

    @Test
    void tiledLatentsCoverTheImage() {
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(6)) {
            TiledAutoencoder tiled = new TiledAutoencoder(network, new Tiling(32, 8));
            Tensor image = Torch.randn(generator, DType.FLOAT32, 1, 3, 72, 36);
            Posterior posterior = tiled.encode(image);
            assertThat(posterior.mean().shape()).isEqualTo(Shape.of(1, 4, 18, 9));
            Tensor corner =
                    network.encode(image.slice(2, 0, 32).slice(3, 0, 32)).mean();
            assertThat(relative(
                            posterior.mean().slice(2, 0, 3).slice(3, 0, 1),
                            corner.slice(2, 0, 3).slice(3, 0, 1)))
                    .isLessThan(1e-6);
            assertThatIllegalArgumentException().isThrownBy(() -> new TiledAutoencoder(network, new Tiling(30, 8)));
        }
    }

    private static double relative(Tensor actual, Tensor expected) {
        return actual.sub(expected).abs().amax().item()
                / Math.sqrt(expected.pow(2).mean().item());
    }
}
