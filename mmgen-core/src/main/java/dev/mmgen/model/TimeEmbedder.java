package dev.mmgen.model;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Activation;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/** The embedding of times, which conditions the blocks. One class per {@link TimeEmbedding}. */
abstract sealed class TimeEmbedder extends Module {

    /** The number of sinusoids of one time. */
    private static final int SINUSOIDS = 256;

    private static final double LONGEST_WAVE = 10_000;

    private final Linear first;
    private final Linear last;
    private final Sequential mlp;

    /** Builds the MLP over the sinusoids of one time. */
    private TimeEmbedder(int hidden, int outputs) {
        this.first = new Linear(SINUSOIDS, hidden);
        this.last = new Linear(hidden, outputs);
        this.mlp = child("mlp", new Sequential(first, Activation.SILU, last));
    }

    static TimeEmbedder of(TransformerConfig config) {
        return switch (config.timeEmbedding()) {
            case SHARED -> new Shared(config);
            case PER_MODALITY -> new PerModality(config);
            case PER_ELEMENT -> new PerElement(config);
        };
    }

    /** Maps times to {@code [N, width]}, or to {@code [N, T, width]} where they differ from token to token. */
    abstract Tensor forward(Tensor times);

    /** The first and last map of the MLP over the sinusoids, which start normal with deviation 0.02. */
    final List<Linear> sinusoidMlp() {
        return List.of(first, last);
    }

    /** Embeds every time on its own: {@code [...]} to {@code [..., outputs]}. */
    final Tensor embed(Tensor times) {
        return TensorScope.keeping(
                () -> mlp.forward(sinusoids(times, first.bias().value().dtype())));
    }

    /**
     * Maps times {@code [...]} to sinusoids {@code [..., 256]}, cosines first, then sines; times are not scaled by 1000
     * (reference: {@code positional_embedding}). Computed in float32 and then cast.
     */
    static Tensor sinusoids(Tensor times, DType dtype) {
        return TensorScope.keeping(() -> {
            Tensor phases =
                    times.to(DType.FLOAT32).unsqueeze(-1).mul(frequencies().to(times.device()));
            return Torch.cat(List.of(phases.cos(), phases.sin()), -1).to(dtype);
        });
    }

    private static Tensor frequencies() {
        int half = SINUSOIDS / 2;
        // In float32, step by step as PyTorch does it, so that the last bits agree.
        float slope = (float) -Math.log(LONGEST_WAVE);
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = (float) Math.exp(slope * i / half);
        }
        return Torch.tensor(frequencies);
    }

    /**
     * Draws what the reference draws for the MLP of a single time, which it then replaces: only so does a seed give the
     * reference's weights.
     */
    static void drawReplacedMlp(int width, Generator generator) {
        try (Sequential replaced = new Sequential(new Linear(SINUSOIDS, width), new Linear(width, width))) {
            replaced.initialize(generator);
        }
    }

    /** One time per sample, {@code [N]}. */
    static final class Shared extends TimeEmbedder {

        Shared(TransformerConfig config) {
            super(config.width(), config.width());
        }

        @Override
        Tensor forward(Tensor times) {
            return embed(times);
        }
    }

    /** One time per channel, {@code [N, C, 1, 1]}: embedded each, averaged over a modality, joined by a second MLP. */
    static final class PerModality extends TimeEmbedder {
        private final int width;
        private final int modalities;
        private final Sequential fuse;

        PerModality(TransformerConfig config) {
            super(config.width(), config.width() / 2);
            this.width = config.width();
            this.modalities = config.modalities();
            this.fuse = child(
                    "mlp_fused",
                    new Sequential(
                            new Linear((long) width / 2 * modalities, width),
                            Activation.SILU,
                            new Linear(width, width)));
        }

        @Override
        Tensor forward(Tensor times) {
            return TensorScope.keeping(() -> {
                long batch = times.size(0);
                Tensor perChannel = embed(times.reshape(batch, times.size(1)));
                Tensor perModality = perChannel
                        .reshape(batch, modalities, -1, perChannel.size(2))
                        .mean(2);
                return fuse.forward(perModality.reshape(batch, -1));
            });
        }

        @Override
        public void initialize(Generator generator) {
            drawReplacedMlp(width, generator);
            super.initialize(generator);
        }
    }

    /** One time per latent element, {@code [N, C, h, w]}: the embedded times of each modality are patched like an image. */
    static final class PerElement extends TimeEmbedder {
        /** The reference fixes both numbers. */
        private static final int COMPRESSED = 64;

        private static final int CHANNELS = 4;

        private final int width;
        private final int modalities;
        private final PatchEmbedding patches;
        private final Sequential fuse;

        PerElement(TransformerConfig config) {
            super(COMPRESSED, COMPRESSED);
            this.width = config.width();
            this.modalities = config.modalities();
            this.patches = child(
                    "patchEmb", new PatchEmbedding(CHANNELS * COMPRESSED, width / modalities, config.patchSize()));
            this.fuse = modalities == 1
                    ? new Sequential()
                    : child(
                            "mlp_fuse",
                            new Sequential(
                                    new Linear((long) width / modalities * modalities, width),
                                    Activation.SILU,
                                    new Linear(width, width)));
        }

        @Override
        Tensor forward(Tensor times) {
            return TensorScope.keeping(() -> {
                List<Tensor> tokens = new ArrayList<>();
                for (Tensor part : times.chunk(modalities, 1)) {
                    Tensor image = embed(part)
                            .permute(0, 1, 4, 2, 3)
                            .reshape(part.size(0), (long) CHANNELS * COMPRESSED, part.size(2), part.size(3));
                    tokens.add(patches.forward(image));
                }
                return fuse.forward(Torch.cat(tokens, -1));
            });
        }

        @Override
        public void initialize(Generator generator) {
            drawReplacedMlp(width, generator);
            super.initialize(generator);
        }
    }
}
