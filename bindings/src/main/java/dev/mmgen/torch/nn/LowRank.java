package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/**
 * A correction of a {@link Linear} by a matrix of low rank (LoRA, Hu et al., 2022): {@code scale · x · Aᵀ · Bᵀ} is added to
 * what the map answers. Its parameters are the map's {@code lora_A.weight} and {@code lora_B.weight}, as PEFT calls them.
 */
public final class LowRank {

    static final String DOWN = "lora_A.weight";
    static final String UP = "lora_B.weight";

    private final Linear map;
    private final Parameter down;
    private final Parameter up;
    private final double scale;
    private boolean merged;

    LowRank(Linear map, Parameter down, Parameter up, double scale) {
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

    /** Returns the number of rows of A. */
    public long rank() {
        return down.shape().size(0);
    }

    /** Returns the factor of the product. */
    public double scale() {
        return scale;
    }

    /** Draws A uniformly within {@code 1 / sqrt(inputs)} and sets B to 0, so that nothing is corrected yet. */
    public void initialize(Generator generator) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor weight = map.weight().value();
            for (Parameter parameter : new Parameter[] {down, up}) {
                parameter.initialize(generator);
                parameter.to(weight.device(), weight.dtype());
            }
        }
    }

    /** Returns {@code scale · B · A}, what is added to the map's matrix: {@code [outputs, inputs]}. */
    public Tensor product() {
        return product(down.value(), up.value());
    }

    /** Returns {@code scale · B · A} of other values, such as averages. */
    public Tensor product(Tensor a, Tensor b) {
        return TensorScope.keeping(() -> Functional.matmul(b, a).mul(scale));
    }

    Tensor addTo(Tensor answer, Tensor input) {
        if (merged) {
            return answer;
        }
        Tensor narrow = Functional.linear(input, down.value(), null);
        return answer.addScaled(Functional.linear(narrow, up.value(), null), scale);
    }

    /** Returns true while the correction is part of the map's matrix. */
    public boolean isMerged() {
        return merged;
    }

    /** Adds the product to the map's matrix, so that the correction costs nothing any more. Merging twice has no effect. */
    public void merge() {
        if (!merged) {
            addToWeight(1);
            merged = true;
        }
    }

    /** Takes the product out of the map's matrix again, which is then what it was but for rounding. */
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
