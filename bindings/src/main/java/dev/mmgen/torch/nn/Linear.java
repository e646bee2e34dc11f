package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.PreparedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import org.jspecify.annotations.Nullable;

/** An affine map of the last dimension: {@code x · weightᵀ + bias}. It can carry a {@link LoraAdapter}. */
public final class Linear extends Module implements Layer {

    private final long inputs;
    private final long outputs;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private @Nullable LoraAdapter adapter;

    /** Makes a map with a bias. It starts uniform within {@code 1 / sqrt(inputs)}, as PyTorch does. */
    public Linear(long inputs, long outputs) {
        this(inputs, outputs, true);
    }

    private Linear(long inputs, long outputs, boolean biased) {
        this.inputs = inputs;
        this.outputs = outputs;
        Init init = Init.uniform(1 / Math.sqrt((double) inputs));
        this.weight = parameter("weight", Shape.of(outputs, inputs), init);
        this.bias = biased ? parameter("bias", Shape.of(outputs), init) : null;
    }

    /** Makes a map without a bias, {@code x · weightᵀ}; it starts as the other does. */
    public static Linear withoutBias(long inputs, long outputs) {
        return new Linear(inputs, outputs, false);
    }

    /** Maps {@code [..., inputs]} to {@code [..., outputs]}. */
    @Override
    public Tensor forward(Tensor input) {
        LoraAdapter added = adapter;
        if (added == null) {
            return multiply(input);
        }
        return TensorScope.keeping(() -> added.addTo(multiply(input), input));
    }

    private Tensor multiply(Tensor input) {
        PreparedMatrix prepared = weight.prepared(rows(input));
        Tensor product = prepared == null ? null : prepared.linear(input, biasOrNull());
        return product == null ? Functional.linear(input, weight.value(), biasOrNull()) : product;
    }

    /** Maps and applies the tanh form of GELU, in one pass where nothing stands between. */
    Tensor forwardGelu(Tensor input) {
        if (adapter != null && !adapter.isMerged()) {
            return TensorScope.keeping(() -> forward(input).geluTanh());
        }
        PreparedMatrix prepared = weight.prepared(rows(input));
        Tensor result = prepared == null ? null : prepared.linearGelu(input, biasOrNull());
        return result == null ? Functional.linearGelu(input, weight.value(), biasOrNull()) : result;
    }

    private long rows(Tensor input) {
        return input.elements() / Math.max(1, inputs);
    }

    private @Nullable Tensor biasOrNull() {
        return bias == null ? null : bias.value();
    }

    /**
     * Adds a LoRA adapter. It has no values yet: {@link LoraAdapter#initialize} it, or load them with the weights.
     *
     * @param rank  at least 1, at most the smaller side of the matrix
     * @param scale factor of the product: PEFT's {@code lora_alpha / rank}
     * @throws IllegalStateException if the map has an adapter already
     */
    public LoraAdapter adapt(int rank, double scale) {
        if (adapter != null) {
            throw new IllegalStateException(
                    "the linear map " + settings() + " has a LoRA adapter already; drop it first");
        }
        if (rank < 1 || rank > Math.min(inputs, outputs)) {
            throw new IllegalArgumentException("a LoRA adapter of rank " + rank + " for the linear map " + settings()
                    + "; the rank must be from 1 to " + Math.min(inputs, outputs));
        }
        Parameter down =
                parameter(LoraAdapter.DOWN, Shape.of(rank, inputs), Init.uniform(1 / Math.sqrt((double) inputs)));
        Parameter up = parameter(LoraAdapter.UP, Shape.of(outputs, rank), Init.ZEROS);
        LoraAdapter added = new LoraAdapter(this, down, up, scale);
        adapter = added;
        return added;
    }

    /** Returns the LoRA adapter, null if there is none. */
    public @Nullable LoraAdapter adapter() {
        return adapter;
    }

    /** Drops the LoRA adapter and frees its parameters; a product that was merged stays in the matrix. */
    public void dropAdapter() {
        adapter = null;
        remove(LoraAdapter.DOWN);
        remove(LoraAdapter.UP);
    }

    /** Returns the matrix, {@code [outputs, inputs]}. */
    public Parameter weight() {
        return weight;
    }

    /** Returns true if a bias is added. */
    public boolean hasBias() {
        return bias != null;
    }

    /**
     * Returns the bias, {@code [outputs]}.
     *
     * @throws IllegalStateException if there is none, see {@link #hasBias}
     */
    public Parameter bias() {
        if (bias == null) {
            throw new IllegalStateException("the linear map " + settings() + " has no bias");
        }
        return bias;
    }

    @Override
    protected String settings() {
        return inputs + " -> " + outputs + (bias == null ? ", no bias" : "");
    }
}
