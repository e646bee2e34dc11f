package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;

/** Finds the bytes of the storages that a pickle names. */
@FunctionalInterface
interface StorageTable {

    /**
     * The bytes behind one or more tensors.
     *
     * @param dtype element type
     * @param byteOffset where the bytes begin in the file
     * @param byteLength how many there are
     */
    record Storage(DType dtype, long byteOffset, long byteLength) {}

    /**
     * @param key the storage's name in the file
     * @param elements the size that the pickle gives it, not negative
     * @throws WeightFileException if there is no such storage or it has another size
     */
    Storage find(String key, DType dtype, long elements);
}
