package dev.mmgen.train.finetune;

import dev.mmgen.lora.Lora;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.train.RateFactor;
import java.util.List;
import java.util.Map;

/**
 * The number of weights that a training moves, beside that of the model.
 *
 * @param trained those of an adapter and all others that move
 * @param all     those of the model without an adapter
 */
record TrainedWeights(long trained, long all) {

    /**
     * Counts the weights of a model.
     *
     * @param model   whose trained parameters require gradients
     * @param factors say which part of a parameter is frozen
     */
    static TrainedWeights of(DiffusionTransformer model, List<RateFactor> factors) {
        long trained = 0;
        long all = 0;
        for (Map.Entry<String, Parameter> entry : model.parameters().entrySet()) {
            Shape shape = entry.getValue().shape();
            if (entry.getValue().isFrozen()) {
                continue;
            }
            all += Lora.isAdapterWeight(entry.getKey()) ? 0 : shape.elements();
            if (entry.getValue().value().requiresGrad()) {
                trained += shape.elements() - frozen(entry.getKey(), shape, factors);
            }
        }
        return new TrainedWeights(trained, all);
    }

    private static long frozen(String key, Shape shape, List<RateFactor> factors) {
        return factors.stream()
                .filter(part -> part.restFrozen() && part.weights().equals(key))
                .mapToLong(part -> shape.elements() / shape.size(part.dimension()) * part.from())
                .sum();
    }

    /** Returns the share of the model's weights, in percent. */
    double percent() {
        return 100.0 * trained / all;
    }
}
