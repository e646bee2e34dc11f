package dev.mmgen.torch.distributed;

/** The way in which an all-reduce makes one value of those that the ranks hold. */
public enum ReduceOp {
    /** Their sum, added in the tensor's own type, in the same order in every run. */
    SUM,
    /** Their sum divided by the world size; of floating types only. */
    MEAN,
    /** The largest; of numbers and NaN on different ranks it may be either. */
    MAX
}
