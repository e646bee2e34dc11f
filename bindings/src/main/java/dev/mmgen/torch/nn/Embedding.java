package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/** A table of vectors that are looked up by their row, such as one per category. */
public final class Embedding extends Module implements Layer {

    private final long rows;
    private final long width;
    private final Parameter weight;

    /** Makes a table, which starts standard normal, as PyTorch does. */
    public Embedding(long rows, long width) {
        this.rows = rows;
        this.width = width;
        this.weight = parameter("weight", Shape.of(rows, width), Init.normal(1));
    }

    /** Looks rows up: int64 {@code [...]} to {@code [..., width]}. */
    @Override
    public Tensor forward(Tensor indices) {
        return Functional.embedding(weight.value(), indices);
    }

    /** Returns the table, {@code [rows, width]}. */
    public Parameter weight() {
        return weight;
    }

    @Override
    protected String settings() {
        return rows + " x " + width;
    }
}
