package dev.mmgen.train.data;

import io.jhdf.api.Dataset;

/** Where one dataset of an HDF5 file is. */
sealed interface StoredDataset {

    int[] shape();

    /**
     * Values that lie in one piece, the form that the official scripts write; they are read without jhdf.
     *
     * @param address of the first byte in the file
     */
    record InOnePiece(long address, Layout layout) implements StoredDataset {
        @Override
        public int[] shape() {
            return layout.shape;
        }
    }

    /** What datasets of a file mostly have in common. */
    record Layout(ElementType type, int[] shape) {}

    /** Values in chunks, compressed or not, or within the dataset's header; jhdf reads them. */
    record InChunks(Dataset dataset, int[] shape) implements StoredDataset {}
}
