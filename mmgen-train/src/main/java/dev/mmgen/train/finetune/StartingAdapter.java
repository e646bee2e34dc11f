package dev.mmgen.train.finetune;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.Adapter;
import dev.mmgen.lora.AdapterOverlay;
import dev.mmgen.lora.AdapterWeights;
import dev.mmgen.lora.Lora;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The adapter over a model that a fine-tuning begins with. */
record StartingAdapter(Path folder) {

    private List<Adapter> adapters() {
        return List.of(Adapter.of(folder));
    }

    /** Returns the name of a model with the adapter over it. */
    String over(String model) {
        return Adapter.names(model, adapters());
    }

    /**
     * Returns the settings of a model with the adapter over it.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if the folder holds no adapter
     */
    ModelConfig over(ModelConfig model) {
        return AdapterOverlay.settings(model, adapters());
    }

    /**
     * Checks that a training can go on with it.
     *
     * @param trained settings of the adapter that is trained; null where all weights are
     * @throws IllegalArgumentException if that is of another rank or kind
     */
    void requireLike(@Nullable LoraConfig trained) {
        LoraConfig known = Lora.config(folder);
        if (trained != null && !known.isLike(trained)) {
            throw new IllegalArgumentException("the adapter " + folder + " has rank " + known.rank() + " and adapts "
                    + known.targets() + ", but that to train has rank " + trained.rank() + " and adapts "
                    + trained.targets() + "; train one like it, or all weights");
        }
    }

    /**
     * Lays it over a model with the weights that it was trained on.
     *
     * @param beside true leaves it beside them, to be trained; false makes it part of them
     * @throws dev.mmgen.torch.weights.WeightFileException if it is the adapter of another model
     */
    void layOver(DiffusionTransformer model, boolean beside) {
        try (AdapterWeights weights = AdapterWeights.open(model, Adapter.of(folder))) {
            Lora lora = Lora.load(model, weights);
            if (!beside) {
                lora.merge();
                lora.detach();
            }
        }
    }
}
