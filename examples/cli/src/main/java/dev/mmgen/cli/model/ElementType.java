package dev.mmgen.cli.model;

import dev.mmgen.torch.DType;

/** The types of numbers that options name. Eight bits are computed in, and never stored: they are made of weights that are floats. */
public final class ElementType {

    private ElementType() {}

    /** Types that a model computes in. */
    public enum Computing {
        FLOAT32,
        BFLOAT16,
        FLOAT16,
        INT8;

        /** Returns the type of tensors. */
        public DType dtype() {
            return DType.valueOf(name());
        }
    }

    /** Types that weights are stored in. */
    public enum Stored {
        FLOAT32,
        BFLOAT16,
        FLOAT16;

        /** Returns the type of tensors. */
        public DType dtype() {
            return DType.valueOf(name());
        }
    }
}
