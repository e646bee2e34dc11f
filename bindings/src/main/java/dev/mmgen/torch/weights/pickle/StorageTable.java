package dev.mmgen.torch.weights.pickle;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import java.util.List;

/** The storages that a pickle names, with the place of their bytes. */
@FunctionalInterface
public interface StorageTable {

    /**
     * The bytes behind one or more tensors.
     *
     * @param dtype element type
     * @param byteOffset where the bytes begin in the file
     * @param byteLength how many there are
     */
    record Storage(DType dtype, long byteOffset, long byteLength) {}

    /** Maker of the description of a tensor, which is all that is known of tensors here. */
    @FunctionalInterface
    interface Views {
        /**
         * Describes elements of a storage.
         *
         * @throws IllegalArgumentException if they do not lie within it
         */
        Object of(Storage storage, long offset, Shape shape, List<Long> strides);
    }

    /**
     * Finds a storage.
     *
     * @param key the storage's name in the file
     * @param elements the size that the pickle gives it, not negative
     * @throws RuntimeException the file's own fault if there is no such storage or it has another size
     */
    Storage find(String key, DType dtype, long elements);
}
