package dev.mmgen.torch.weights;

/** The two ways to bring the numbers of a weight file into memory. */
public enum FileAccess {

    /**
     * The file is mapped: opening costs nothing, only the pages that are touched are read, and processes share them. The
     * file must keep its length while its tensors are used: an operator that meets a page which is gone fails, and so do all
     * later ones on that tensor.
     */
    MAP,

    /**
     * The numbers are copied into memory when a tensor is loaded, and the CRC-32 that a {@code .pt} file keeps for each
     * storage is compared. For files on network drives, files that others may cut short, and wherever a flipped bit must
     * not pass.
     */
    READ
}
