package dev.mmgen.onnx;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import java.util.ArrayList;
import java.util.List;

/** The embedding of times in the transformer's graph: the input {@code times}, in the form that the model is told them. */
final class TimeGraph {

    /** The number of frequencies; each gives a cosine and a sine. */
    private static final int FREQUENCIES = 128;

    private static final double LONGEST_WAVE = 10_000;

    private static final String RANGE = "Times, 0 at data and 1 at noise: ";

    private static final String OF_CONDITIONS = " Those of a modality that is given are 0.";

    private final TransformerConfig config;
    private final Graph graph;
    private final Layers layers;

    TimeGraph(TransformerConfig config, Graph graph, Layers layers) {
        this.config = config;
        this.graph = graph;
        this.layers = layers;
    }

    /** Returns {@code [N, 1, width]}, or {@code [N, T, width]} where times differ from token to token. */
    Value embed(Value tokenCount) {
        return graph.within("t_embedder", () -> switch (config.timeEmbedding()) {
            case SHARED -> shared().unsqueeze(1);
            case PER_MODALITY -> perModality().unsqueeze(1);
            case PER_ELEMENT -> perElement(tokenCount);
        });
    }

    /** One time per sample, {@code [N]}. */
    private Value shared() {
        return each(graph.input("times", RANGE + "one for each sample, [N].", DType.FLOAT32, "N"));
    }

    /** One time per channel, {@code [N, M * C, 1, 1]}: embedded each, averaged over a modality, joined by a second MLP. */
    private Value perModality() {
        int modalities = config.modalities();
        String description = RANGE
                + "one for each channel of the latents, [N, M * C, 1, 1], the same within a modality." + OF_CONDITIONS;
        Value times = graph.input("times", description, DType.FLOAT32, "N", config.inputChannels(), 1, 1);
        Value embedded = each(times).reshape(-1, modalities, config.latentChannels(), config.width() / 2);
        Value joined = embedded.mean(2).reshape(-1, (long) modalities * (config.width() / 2));
        return layers.linear("mlp_fused.2", layers.linear("mlp_fused.0", joined).silu());
    }

    /** One time per latent element, {@code [N, M * C, h, w]}: the embedded times of each modality are patched like an image. */
    private Value perElement(Value tokenCount) {
        String description = RANGE + "one for each number of the latents, [N, M * C, h, w]." + OF_CONDITIONS;
        Value times = graph.input("times", description, DType.FLOAT32, "N", config.inputChannels(), "h", "w");
        long compressed = graph.size("mlp.2.weight", 0);
        long channels = config.inputChannels() / config.modalities();
        Value grid = graph.concat(0, List.of(times.size(2), times.size(3)));
        List<Value> tokens = new ArrayList<>();
        for (Value part : times.split(1, config.modalities())) {
            Value image = each(part)
                    .reshape(graph.ints(-1, channels), grid, graph.ints(compressed))
                    .permute(0, 1, 4, 2, 3)
                    .reshape(graph.ints(-1, channels * compressed), grid);
            tokens.add(layers.patches("patchEmb.proj", image));
        }
        Value joined = graph.concat(2, tokens);
        return config.modalities() == 1
                ? joined
                : layers.linear(
                        "mlp_fuse.2",
                        layers.linear("mlp_fuse.0", joined, tokenCount).silu(),
                        tokenCount);
    }

    /** Embeds every time on its own: {@code [...]} to {@code [times, outputs]}. */
    private Value each(Value times) {
        float[] frequencies = new float[FREQUENCIES];
        for (int i = 0; i < FREQUENCIES; i++) {
            frequencies[i] = (float) Math.exp((float) -Math.log(LONGEST_WAVE) * i / FREQUENCIES);
        }
        Value phases = times.reshape(-1, 1).mul(graph.vector("frequencies/times", frequencies));
        Value sinusoids = graph.concat(1, List.of(phases.cos(), phases.sin()));
        return layers.linear("mlp.2", layers.linear("mlp.0", sinusoids).silu());
    }
}
