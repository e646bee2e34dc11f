package dev.mmgen.train.metric;

/** How arrays lie in an {@code .npz} file. */
public enum NpzCompression {
    /** As they are: {@code numpy.savez}. */
    STORED,
    /** Deflated: {@code numpy.savez_compressed}. */
    DEFLATED
}
