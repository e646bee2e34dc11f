package dev.mmgen.bench;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import java.util.List;
import java.util.Map;

/**
 * The products of matrices of a transformer's pass, with its own weights and nothing between them: the time below which a pass cannot
 * come with them. Its tensors belong to the scope it is made in.
 */
final class ProductsAlone {

    /** A linear map with an input of the size that it has in a pass. */
    private record Step(Linear map, Tensor input) {}

    private final List<Step> steps;
    private final int depth;
    private final Tensor queries;
    private final Tensor keys;
    private final Tensor shares;
    private final Tensor values;

    /**
     * Takes the maps of a model.
     *
     * @param tokens of a sample; there is one
     */
    ProductsAlone(DiffusionTransformer model, long tokens, Generator generator) {
        TransformerConfig config = model.config();
        long width = config.width();
        long heads = config.heads();
        this.steps = model.namedModules(Linear.class).entrySet().stream()
                .map(entry -> step(entry, tokens, generator))
                .toList();
        this.depth = config.depth();
        this.queries = random(generator, model.dtype(), heads, tokens, width / heads);
        this.keys = random(generator, model.dtype(), heads, width / heads, tokens);
        this.shares = random(generator, model.dtype(), heads, tokens, tokens);
        this.values = random(generator, model.dtype(), heads, tokens, width / heads);
    }

    /** Modulations have one row; what precedes the blocks has few, and counts as if it had one. */
    private static Step step(Map.Entry<String, Linear> entry, long tokens, Generator generator) {
        String name = entry.getKey();
        boolean ofTokens = !name.contains("adaLN") && (name.startsWith("blocks.") || name.contains("final_layer"));
        Linear map = entry.getValue();
        DType type = map.bias().value().dtype();
        long inputs = map.weight().shape().size(1);
        return new Step(map, random(generator, type, 1, ofTokens ? tokens : 1, inputs));
    }

    private static Tensor random(Generator generator, DType type, long... sizes) {
        return Torch.randn(generator, DType.FLOAT32, sizes).to(type);
    }

    void run() {
        for (Step step : steps) {
            step.map().forward(step.input()).close();
        }
        for (int i = 0; i < depth; i++) {
            Functional.matmul(queries, keys).close();
            Functional.matmul(shares, values).close();
        }
    }
}
