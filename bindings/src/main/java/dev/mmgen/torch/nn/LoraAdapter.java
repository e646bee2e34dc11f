package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/**
 * A matrix of low rank beside that of a {@link Linear} (LoRA, Hu et al., 2022, section 4.1): the result is
 * {@code x · Wᵀ + scale · x · Aᵀ · Bᵀ}, and only A and B are trained. They are parameters of the map, named
 * {@code lora_A.weight} and {@code lora_B.weight} as PEFT names them.
 */
public final class LoraAdapter {

    static final String DOWN = "lora_A.weight";
    static final String UP = "lora_B.weight";

    private final Linear map;
    private final Parameter down;
    private final Parameter up;
    private final double scale;
    private boolean merged;

    LoraAdapter(Linear map, Parameter down, Parameter up, double scale) {
        this.map = map;
        this.down = down;
        this.up = up;
        this.scale = scale;
    }

    /** Returns A, {@code [rank, inputs]}. */
    public Parameter down() {
        return down;
    }

    /** Returns B, {@code [outputs, rank]}. */
    public Parameter up() {
        return up;
    }

    /** Returns the rank, the number of rows of A. */
    public long rank() {
        return down.shape().size(0);
    }

    /** Returns the factor of the product. */
    public double scale() {
        return scale;
    }

    /** Draws A uniformly within {@code 1 / sqrt(inputs)} and sets B to 0, so that the product is 0 at first. */
    public void initialize(Generator generator) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor weight = map.weight().value();
            for (Parameter parameter : new Parameter[] {down, up}) {
                parameter.initialize(generator);
                parameter.to(weight.device(), weight.dtype());
            }
        }
    }

    /** Returns {@code scale · B · A}, which merging adds to the map's matrix: {@code [outputs, inputs]}. */
    public Tensor product() {
        return product(down.value(), up.value());
    }

    /** Returns {@code scale · B · A} of other values, such as those of an EMA. */
    public Tensor product(Tensor a, Tensor b) {
        return TensorScope.keeping(() -> Functional.matmul(b, a).mul(scale));
    }

    Tensor addTo(Tensor result, Tensor input) {
        if (merged) {
            return result;
        }
        Tensor narrow = Functional.linear(input, down.value(), null);
        return result.addScaled(Functional.linear(narrow, up.value(), null), scale);
    }

    /** Returns true while the product is part of the map's matrix. */
    public boolean isMerged() {
        return merged;
    }

    /** Adds the product to the map's matrix, so that the adapter costs no time any more. Merging twice has no effect. */
    public void merge() {
        if (!merged) {
            addToWeight(1);
            merged = true;
        }
    }

    /** Subtracts the product from the map's matrix, which returns to its values before merging but for rounding. */
    public void unmerge() {
        if (merged) {
            addToWeight(-1);
            merged = false;
        }
    }

    private void addToWeight(double sign) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor weight = map.weight().value();
            weight.copy_(weight.addScaled(product(), sign));
        }
    }
}
