package dev.mmgen.torch.nn;

/** The fit that a state dict must have to a module. Shapes must always fit. */
public enum Strictness {
    /** Every parameter has a key and every key a parameter. */
    EXACT,
    /** Keys without a parameter are ignored, for example those of parts that this use does not need. */
    ALLOW_UNEXPECTED,
    /** Parameters without a key keep their value, and keys without a parameter are ignored. */
    LOOSE
}
