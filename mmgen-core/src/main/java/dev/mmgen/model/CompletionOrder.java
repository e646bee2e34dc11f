package dev.mmgen.model;

import dev.mmgen.torch.nn.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * The order in which a backward pass from block to block completes the gradients of a model's parameters, each of which is in it once.
 *
 * @param behind what reads the tokens of blocks: projectors and final layers
 * @param blocks those of each block; the last block completes first
 * @param before the embedders
 */
record CompletionOrder(List<Parameter> behind, List<List<Parameter>> blocks, List<Parameter> before) {

    private static final String BLOCK = "blocks.";

    static CompletionOrder of(DiffusionTransformer model) {
        List<List<Parameter>> blocks = new ArrayList<>();
        for (int i = 0; i < model.config().depth(); i++) {
            blocks.add(new ArrayList<>());
        }
        CompletionOrder order = new CompletionOrder(new ArrayList<>(), blocks, new ArrayList<>());
        model.parameters().forEach((key, parameter) -> order.groupOf(key).add(parameter));
        return order;
    }

    private List<Parameter> groupOf(String key) {
        if (key.startsWith(BLOCK)) {
            return blocks.get(Integer.parseInt(key.substring(BLOCK.length(), key.indexOf('.', BLOCK.length()))));
        }
        return key.startsWith("projectors.") || key.contains("final_layer.") ? behind : before;
    }
}
