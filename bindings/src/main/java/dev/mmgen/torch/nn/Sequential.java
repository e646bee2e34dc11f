package dev.mmgen.torch.nn;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.List;

/** Layers one after another. Those with parameters are named by their position, counted from 0 over all steps. */
public final class Sequential extends Module implements Layer {

    private final List<Layer> layers;

    public Sequential(Layer... layers) {
        this.layers = List.of(layers);
        for (int i = 0; i < layers.length; i++) {
            if (layers[i] instanceof Module module) {
                child(Integer.toString(i), module);
            }
        }
    }

    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> {
            Tensor current = input;
            for (Layer layer : layers) {
                current = layer.forward(current);
            }
            return current;
        });
    }
}
