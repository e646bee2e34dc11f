package dev.mmgen.sampling;

import dev.mmgen.FormulaWeights;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Generator;
import java.util.List;

/** Transformers of three modalities that take milliseconds; all their weights are non-zero. */
final class SmallModels {

    static final int CLASSES = 10;
    static final int SIZE = 6;

    private SmallModels() {}

    static DiffusionTransformer of(TimeEmbedding times) {
        return of(times, true);
    }

    static DiffusionTransformer of(TimeEmbedding times, boolean nullClass) {
        boolean told = times == TimeEmbedding.PER_MODALITY;
        var model = new DiffusionTransformer(new TransformerConfig(
                SIZE, 2, 4, 3, 24, 2, 2, 4, CLASSES, nullClass, true, times, told, false, List.of(), 8, 1));
        try (Generator generator = Generator.seeded(1)) {
            model.initialize(generator);
        }
        FormulaWeights.fill(model, "");
        return model;
    }
}
