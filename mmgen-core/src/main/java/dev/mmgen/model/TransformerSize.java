package dev.mmgen.model;

/** The four official sizes. */
public enum TransformerSize {
    /** 12 blocks of width 384. */
    S(12, 384, 6),
    /** 12 blocks of width 768. */
    B(12, 768, 12),
    /** 24 blocks of width 1024. */
    L(24, 1024, 16),
    /** 28 blocks of width 1152; the size of the released checkpoints. */
    XL(28, 1152, 16);

    private final int depth;
    private final int width;
    private final int heads;

    TransformerSize(int depth, int width, int heads) {
        this.depth = depth;
        this.width = width;
        this.heads = heads;
    }

    /** Returns the number of blocks. */
    public int depth() {
        return depth;
    }

    /** Returns the length of a token. */
    public int width() {
        return width;
    }

    /** Returns the number of attention heads. */
    public int heads() {
        return heads;
    }
}
