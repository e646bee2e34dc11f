package dev.mmgen.sampling;

import dev.mmgen.FormulaWeights;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

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
        var model = new DiffusionTransformer(TransformerConfig.small(SIZE, 3, CLASSES).toBuilder()
                .width(24)
                .depth(2)
                .heads(2)
                .nullClass(nullClass)
                .timeEmbedding(times)
                .taskEmbedding(told)
                .projectorWidth(8)
                .projectionDepth(1)
                .build());
        try (Generator generator = Generator.seeded(1)) {
            model.initialize(generator);
        }
        FormulaWeights.fill(model, "");
        return model;
    }

    /** Returns latents of one modality with values unlike any other modality's, {@code [samples, 4, SIZE, SIZE]}. */
    static Tensor latent(int modality, int samples) {
        float[] values = new float[samples * 4 * SIZE * SIZE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i * (modality + 1.3));
        }
        return Torch.tensor(values, samples, 4, SIZE, SIZE);
    }
}
