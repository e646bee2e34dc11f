package dev.mmgen.bench;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.weights.StateDict;

/** A transformer of random weights whose results can be compared: maps that are zero at the start of training are not. */
final class RandomTransformer {

    private RandomTransformer() {}

    static DiffusionTransformer of(TransformerConfig config) {
        DiffusionTransformer model = new DiffusionTransformer(config);
        try (Generator generator = Generator.seeded(0);
                GradMode _ = Torch.noGrad()) {
            model.initialize(generator);
            model.modules(Linear.class)
                    .forEach(map -> Init.xavierUniform().fill(map.weight().value(), generator));
        }
        return model;
    }

    /** Returns the same weights in a type. */
    static DiffusionTransformer copy(DiffusionTransformer model, DType type) {
        DiffusionTransformer copy = new DiffusionTransformer(model.config());
        try (StateDict state = model.state()) {
            copy.load(state);
        }
        copy.to(Device.CPU, type);
        return copy;
    }
}
