package dev.mmgen.train.hdf5;

import io.jhdf.ObjectHeader;
import io.jhdf.api.Dataset;
import io.jhdf.api.dataset.ChunkedDataset;
import io.jhdf.dataset.DatasetLoader;
import io.jhdf.dataset.NoParent;
import io.jhdf.exceptions.HdfException;
import io.jhdf.filter.FilterManager;
import io.jhdf.object.message.FilterPipelineMessage;
import java.util.Arrays;

/**
 * A reader of data sets in chunks, which jhdf decodes: deflate, LZF, LZ4, shuffle, bitshuffle, and Fletcher32 with {@link
 * Fletcher32Filter}. Sizes that a damaged header states are checked before jhdf reserves memory for them.
 */
final class Hdf5Chunks {

    private static final int LZF = 32000;
    private static final int LZF_SIZE = 2;

    private static final long FREE_BYTES = 64L << 20;

    /** Deflate's limit: 1032 bytes out of one. */
    private static final long LARGEST_RATIO = 1032;

    /** The rows of a chunk that are read without question; jhdf takes about 64 bytes for each. */
    private static final long FREE_ROWS = 1 << 18;

    static {
        FilterManager.addFilter(new Fletcher32Filter());
    }

    private final Hdf5Storage storage;

    Hdf5Chunks(Hdf5Storage storage) {
        this.storage = storage;
    }

    /**
     * Reads all values of a data set, row-major.
     *
     * @param address of its object header
     * @throws HdfException if it is damaged
     */
    float[] read(long address) {
        ObjectHeader header = ObjectHeader.readObjectHeader(storage, address);
        Dataset dataset = DatasetLoader.createDataset(storage, header, "", NoParent.INSTANCE);
        requirePlausible("the shape", dataset.getDimensions(), dataset);
        if (dataset instanceof ChunkedDataset chunked) {
            requirePlausibleChunks(chunked, header);
        }
        return switch (dataset.getDataFlat()) {
            case float[] values -> values;
            case double[] values -> {
                float[] narrowed = new float[values.length];
                for (int i = 0; i < values.length; i++) {
                    narrowed[i] = (float) values[i];
                }
                yield narrowed;
            }
            case Float value -> new float[] {value};
            case Double value -> new float[] {value.floatValue()};
            default -> new float[0];
        };
    }

    private long requirePlausible(String what, int[] sizes, Dataset dataset) {
        double bytes = dataset.getDataType().getSize();
        for (int size : sizes) {
            bytes *= size;
        }
        if (bytes < 0 || bytes > FREE_BYTES + (double) LARGEST_RATIO * storage.size()) {
            throw new HdfException(what + " " + Arrays.toString(sizes) + " is of more than a file of " + storage.size()
                    + " bytes can hold");
        }
        return (long) bytes;
    }

    private void requirePlausibleChunks(ChunkedDataset dataset, ObjectHeader header) {
        int[] shape = dataset.getDimensions();
        int[] chunk = dataset.getChunkDimensions();
        long bytes = requirePlausible("the shape of chunks", chunk, dataset);
        double chunks = 1;
        for (int i = 0; i < shape.length; i++) {
            if (chunk.length != shape.length || chunk[i] < 1) {
                throw new HdfException(
                        "chunks of " + Arrays.toString(chunk) + " do not divide " + Arrays.toString(shape));
            }
            chunks *= Math.ceilDiv(shape[i], chunk[i]);
        }
        long rows = bytes / dataset.getDataType().getSize() / Math.max(1, chunk[chunk.length - 1]);
        if (rows > FREE_ROWS + storage.size() / Long.BYTES) {
            throw new HdfException("chunks of " + Arrays.toString(chunk) + " have " + rows + " rows, which a file of "
                    + storage.size() + " bytes does not need");
        }
        if (chunks > storage.size()) {
            throw new HdfException(
                    (long) chunks + " chunks are more than a file of " + storage.size() + " bytes holds");
        }
        for (FilterPipelineMessage pipeline : header.getMessagesOfType(FilterPipelineMessage.class)) {
            for (FilterPipelineMessage.FilterInfo filter : pipeline.getFilters()) {
                int[] settings = filter.getData();
                if (filter.getId() == LZF && (settings.length <= LZF_SIZE || settings[LZF_SIZE] != bytes)) {
                    throw new HdfException("its LZF filter is not set for chunks of " + bytes + " bytes");
                }
            }
        }
    }
}
