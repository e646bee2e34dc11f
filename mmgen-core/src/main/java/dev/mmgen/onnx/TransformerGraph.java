package dev.mmgen.onnx;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayList;
import java.util.List;

/**
 * One pass of the {@link DiffusionTransformer} as a graph: inputs {@code latents} {@code [N, M * C, h, w]}, {@code times},
 * {@code labels} {@code [N]} and, where the model has tasks, {@code tasks} {@code [N]}; output {@code velocity}, shaped like the
 * latents. N, h and w are free.
 */
final class TransformerGraph {

    private static final double EPS = 1e-6;
    private static final double QK_NORM_EPS = 1e-5;
    private static final double LONGEST_WAVE = 10_000;

    private static final String VELOCITY =
            "The change of the latents with time: noise minus data on the linear path. A step of Euler"
                    + " from time t to t - d is latents - d * velocity.";

    private static final String TASKS =
            "0 to draw all modalities together, k + 1 where modality k, counted from 0, is given.";

    private final TransformerConfig config;
    private final Graph graph;
    private final Layers layers;
    private final Value latents;
    private final Value height;
    private final Value width;
    private final Value rows;
    private final Value columns;
    private final Value tokenCount;

    /** The tokens that have a condition of their own: one for the whole sample, or all. */
    private final Value conditioned;

    private TransformerGraph(TransformerConfig config, StateDict weights) {
        this.config = config;
        this.graph = new Graph("transformer", weights);
        this.layers = new Layers(graph);
        this.latents = graph.input(
                "latents", latentsDescription(config), DType.FLOAT32, "N", config.inputChannels(), "h", "w");
        this.height = latents.size(2);
        this.width = latents.size(3);
        this.rows = height.div(graph.ints(config.patchSize()));
        this.columns = width.div(graph.ints(config.patchSize()));
        this.tokenCount = rows.mul(columns);
        this.conditioned = switch (config.timeEmbedding()) {
            case SHARED, PER_MODALITY -> graph.ints(1);
            case PER_ELEMENT -> tokenCount;
        };
    }

    /** Builds the graph; weights of projectors, which serve training alone, must not be among the weights. */
    static Graph of(TransformerConfig config, StateDict weights) {
        TransformerGraph network = new TransformerGraph(config, weights);
        network.graph.output("velocity", VELOCITY, network.forward(), "N", config.inputChannels(), "h", "w");
        return network.graph;
    }

    private static String latentsDescription(TransformerConfig config) {
        int modalities = config.inputChannels() / config.latentChannels();
        return "Noisy latents, [N, M * C, h, w] with M = " + modalities + " modalities of C = "
                + config.latentChannels()
                + " channels: modality k is the channels from k * C on. Data are the encoder's, normalised as 'latents' in the"
                + " model's config.json says; noise is of the normal distribution. h and w are multiples of "
                + config.patchSize() + ".";
    }

    private String labelsDescription() {
        String numbers = "The number of the class, 0 to " + (config.classes() - 1);
        return config.nullClass() ? numbers + "; " + config.classes() + " is no class." : numbers + ".";
    }

    private Value forward() {
        Value activated = condition().silu();
        Value tokens = layers.patches("x_embedder.proj", latents).add(positions());
        for (int i = 0; i < config.depth(); i++) {
            Value input = tokens;
            tokens = graph.within("blocks." + i, () -> block(input, activated));
        }
        List<Value> velocities = new ArrayList<>();
        for (String name : finalLayers()) {
            Value last = tokens;
            velocities.add(graph.within(name, () -> finalLayer(last, activated)));
        }
        return graph.concat(1, velocities);
    }

    private List<String> finalLayers() {
        List<String> names = new ArrayList<>();
        for (int i = 0; config.jointHeads() && i < config.modalities(); i++) {
            names.add("lis_final_layer." + i);
        }
        return names.isEmpty() ? List.of("final_layer") : names;
    }

    /** Joins time, class and task: {@code [N, 1, width]}, or {@code [N, T, width]} where times differ from token to token. */
    private Value condition() {
        Value time = new TimeGraph(config, graph, layers).embed(tokenCount);
        Value labels = graph.input("labels", labelsDescription(), DType.INT64, "N");
        Value condition = time.add(table("y_embedder", labels));
        return config.taskEmbedding()
                ? condition.add(table("taskcond_embedder", graph.input("tasks", TASKS, DType.INT64, "N")))
                : condition;
    }

    private Value table(String name, Value indices) {
        return layers.embedding(name + ".embedding_table", indices).unsqueeze(1);
    }

    /** Returns the stored positions of the trained grid, or the formula's of any other: {@code [1, T, width]}. */
    private Value positions() {
        Value trained = graph.ints(config.inputSize() / config.patchSize());
        return graph.either(
                rows.isEqualTo(trained).and(columns.isEqualTo(trained)),
                () -> graph.weight("pos_embed"),
                this::computedPositions);
    }

    /** The first half of a token encodes the column, the second half the row. */
    private Value computedPositions() {
        Value half = graph.ints(config.width() / 2);
        Value perColumn = waves(columns).unsqueeze(0).expand(rows, columns, half);
        Value perRow = waves(rows).unsqueeze(1).expand(rows, columns, half);
        return graph.concat(2, List.of(perColumn, perRow)).reshape(1, -1, config.width());
    }

    /** Sines, then cosines, of the places 0, 1, ..., which are spread over the trained ones where there are more. */
    private Value waves(Value count) {
        float[] factors = new float[config.width() / 4];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) (1 / Math.pow(LONGEST_WAVE, i / (double) factors.length));
        }
        int trained = config.inputSize() / config.patchSize();
        Value spread = graph.number(trained).div(count.toFloats().clamp(trained, Integer.MAX_VALUE));
        Value phases =
                count.range().toFloats().mul(spread).unsqueeze(1).mul(graph.vector("frequencies/positions", factors));
        return graph.concat(1, List.of(phases.sin(), phases.cos()));
    }

    private Value block(Value tokens, Value condition) {
        List<Value> modulation = modulation(condition, 6);
        Value attended = attention(modulated(tokens, modulation.get(0), modulation.get(1)));
        Value middle = tokens.add(modulation.get(2).mul(attended));
        Value widened = mlp(modulated(middle, modulation.get(3), modulation.get(4)));
        return middle.add(modulation.get(5).mul(widened));
    }

    /** Shifts, scales and gates, in the reference's order. */
    private List<Value> modulation(Value condition, int count) {
        return layers.linear("adaLN_modulation.1", condition, conditioned).split(2, count);
    }

    private Value modulated(Value tokens, Value shift, Value scale) {
        return layers.layerNorm(tokens, config.width(), EPS)
                .mul(scale.add(graph.number(1)))
                .add(shift);
    }

    private Value attention(Value tokens) {
        List<Value> packed = layers.linear("attn.qkv", tokens, tokenCount).split(2, 3);
        Value query = normalised("attn.q_norm", heads(packed.get(0)));
        Value key = normalised("attn.k_norm", heads(packed.get(1)));
        Value value = heads(packed.get(2)).permute(0, 2, 1, 3);
        Value scores = query.permute(0, 2, 1, 3)
                .mul(1 / Math.sqrt((double) config.width() / config.heads()))
                .matmul(key.permute(0, 2, 3, 1))
                .softmax(-1);
        Value mixed = scores.matmul(value).permute(0, 2, 1, 3).reshape(0, 0, config.width());
        return layers.linear("attn.proj", mixed, tokenCount);
    }

    /** Maps {@code [N, T, width]} to {@code [N, T, heads, width / heads]}. */
    private Value heads(Value tokens) {
        return tokens.reshape(0, 0, config.heads(), config.width() / config.heads());
    }

    private Value normalised(String name, Value heads) {
        return config.qkNorm() ? layers.layerNorm(name, heads, QK_NORM_EPS) : heads;
    }

    private Value mlp(Value tokens) {
        Value hidden = layers.linear("mlp.fc1", tokens, tokenCount).geluTanh();
        return layers.linear("mlp.fc2", hidden, tokenCount);
    }

    /** Turns tokens into one modality's velocity {@code [N, C, h, w]}. */
    private Value finalLayer(Value tokens, Value condition) {
        List<Value> modulation = modulation(condition, 2);
        Value patches = layers.linear("linear", modulated(tokens, modulation.get(0), modulation.get(1)), tokenCount);
        int patch = config.patchSize();
        return patches.reshape(graph.ints(-1), rows, columns, graph.ints(patch, patch, config.latentChannels()))
                .permute(0, 5, 1, 3, 2, 4)
                .reshape(graph.ints(-1, config.latentChannels()), height, width);
    }
}
