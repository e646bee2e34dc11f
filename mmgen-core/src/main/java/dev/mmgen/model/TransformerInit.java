package dev.mmgen.model;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.nn.Linear;

/** The first values of the reference ({@code initialize_weights}), drawn in its order so that one seed gives the same weights. */
final class TransformerInit {

    private static final Init TABLE = Init.normal(0.02);

    private final Generator generator;

    TransformerInit(Generator generator) {
        this.generator = generator;
    }

    void apply(DiffusionTransformer model) {
        model.modules(Linear.class).forEach(map -> {
            Init.xavierUniform().fill(map.weight().value(), generator);
            Init.ZEROS.fill(map.bias().value(), generator);
        });
        Init.xavierUniform().fill(model.patchEmbedder().proj().weight().value(), generator);
        Init.ZEROS.fill(model.patchEmbedder().proj().bias().value(), generator);
        TABLE.fill(model.classEmbedder().table().weight().value(), generator);
        for (Linear map : model.sinusoidMlp()) {
            TABLE.fill(map.weight().value(), generator);
        }
        for (Linear map : model.zeroMaps()) {
            Init.ZEROS.fill(map.weight().value(), generator);
            Init.ZEROS.fill(map.bias().value(), generator);
        }
    }
}
