package dev.mmgen.train.hdf5;

/** A member of a group in an HDF5 file, as its table of contents describes it. */
sealed interface Hdf5Node {

    /**
     * A group.
     *
     * @param header address of its object header
     */
    record Group(long header) implements Hdf5Node {}

    /** A data set that can be read. */
    sealed interface Array extends Hdf5Node {
        int[] shape();
    }

    /**
     * Values in one piece, the form that the official scripts write; they are read without jhdf.
     *
     * @param address of the first byte in the file
     */
    record InOnePiece(long address, Layout layout) implements Array {
        @Override
        public int[] shape() {
            return layout.shape;
        }
    }

    /** Type and shape, which most data sets of a file have in common and share. */
    record Layout(ElementType type, int[] shape) {}

    /**
     * Values in chunks, compressed or not, or within the object header; jhdf reads them.
     *
     * @param header address of the data set's object header
     */
    record InChunks(long header, int[] shape) implements Array {}

    /** A member that cannot be read. */
    sealed interface Unreadable extends Hdf5Node {
        /** Returns the fault and the remedy, to follow "holds sample 'x' ". */
        String fault();
    }

    /** A link to another path of the file; one that is found to lead nowhere stays as it is. */
    record SoftLink(String target) implements Unreadable {
        @Override
        public String fault() {
            return "as a soft link to '" + target + "', which does not exist; write the sample again";
        }
    }

    /** A link into another file. It is not followed: a data file must not decide which other files are read. */
    record ExternalLink(String file, String target) implements Unreadable {
        @Override
        public String fault() {
            return "as an external link to '" + target + "' in '" + file
                    + "', which is not followed; copy the sample into the file (h5copy -f ext)";
        }
    }

    /** Values that are no floating-point numbers. */
    record OtherType(String type) implements Unreadable {
        @Override
        public String fault() {
            return "as " + type + "; write it as float16, float32 or float64";
        }
    }

    /** A member whose own description is damaged; its neighbours can be read. */
    record Damaged(String reason) implements Unreadable {
        @Override
        public String fault() {
            return "in a damaged form: " + reason + "; copy the file again, or rewrite it with h5repack";
        }
    }
}
