package dev.mmgen.lora;

import dev.mmgen.io.StudentWeights;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.weights.StateDict;
import java.util.Optional;

/**
 * The weights of an adapter, mapped and checked against the model that it is for: it can be laid over it later, also after its files have
 * gone.
 */
public final class AdapterWeights implements StudentWeights {

    private final Adapter adapter;
    private final LoraConfig config;
    private final StateDict stored;

    private AdapterWeights(Adapter adapter, LoraConfig config, StateDict stored) {
        this.adapter = adapter;
        this.config = config;
        this.stored = stored;
    }

    /**
     * Maps the weights.
     *
     * @param model stays as it is
     * @throws dev.mmgen.torch.weights.WeightFileException if the folder does not hold an adapter for this model
     */
    public static AdapterWeights open(DiffusionTransformer model, Adapter adapter) {
        LoraConfig config = AdapterFolder.config(adapter.folder());
        Optional<String> mark = adapter.anyModel() ? Optional.empty() : AdapterFolder.mark(model, config);
        return new AdapterWeights(
                adapter,
                config,
                AdapterFolder.open(adapter.folder(), AdapterFolder.shapes(adapter.folder(), model, config), mark));
    }

    Adapter adapter() {
        return adapter;
    }

    LoraConfig config() {
        return config;
    }

    StateDict stored() {
        return stored;
    }

    @Override
    public DiffusionTransformer over(DiffusionTransformer model) {
        return AdapterOverlay.of(model, this);
    }

    @Override
    public void close() {
        stored.close();
    }
}
