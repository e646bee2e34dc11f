package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.nn.Embedding;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** A vector per row of a table: of a class, or of a task. */
final class LabelEmbedder extends Module implements Layer {

    private final Embedding table;

    LabelEmbedder(int rows, int width) {
        this.table = child("embedding_table", new Embedding(rows, width));
    }

    /** Maps labels {@code [N]}, int64, to {@code [N, width]}. */
    @Override
    public Tensor forward(Tensor labels) {
        return table.forward(labels);
    }

    Embedding table() {
        return table;
    }
}
