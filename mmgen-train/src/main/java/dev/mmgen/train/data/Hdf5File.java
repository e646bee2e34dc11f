package dev.mmgen.train.data;

import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ContiguousDataset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One HDF5 file of many small arrays. A group's table of contents is read with jhdf when the group is first needed;
 * from then on an array that lies in one piece is a single read of the file. Any thread may read.
 */
final class Hdf5File implements AutoCloseable {

    /** jhdf keeps every node that it has met, about 2 KB each: after this many it is started afresh. */
    private static final int NODES_BEFORE_RENEWAL = 50_000;

    private static final long MAX_ELEMENTS = 1 << 26;
    private static final int MAX_DEPTH = 64;

    private final Path path;
    private final FileChannel channel;
    private final Map<String, Map<String, StoredDataset>> groups = new HashMap<>();
    private HdfFile file;
    private StoredDataset.@Nullable Layout lastLayout;
    private int nodesMet;

    private Hdf5File(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
        this.file = guarded("", () -> new HdfFile(channel));
    }

    static Hdf5File open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path);
            Hdf5File opened = new Hdf5File(path, channel);
            opened.checkLength();
            return opened;
        } catch (IOException e) {
            throw new DataException(path, "cannot be opened: " + e, e);
        } catch (DataException e) {
            closeQuietly(channel, e);
            throw e;
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel, DataException reason) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private void checkLength() throws IOException {
        long length = channel.size();
        long stored =
                guarded("", () -> file.getHdfBackingStorage().getSuperblock().getEndOfFileAddress());
        if (stored > length || stored < 0) {
            throw new DataException(path, "is cut short: it has " + length + " bytes of " + stored);
        }
    }

    Path path() {
        return path;
    }

    /** Returns null if the file has no such dataset. */
    synchronized @Nullable StoredDataset find(String key) {
        return groups.computeIfAbsent(SampleKey.group(key), this::readGroup).get(SampleKey.name(key));
    }

    /** Returns the datasets of a group, none if there is no such group. */
    private Map<String, StoredDataset> readGroup(String group) {
        if (nodesMet > NODES_BEFORE_RENEWAL) {
            file = guarded("", () -> new HdfFile(channel));
            nodesMet = 0;
        }
        return guarded(group, () -> {
            Group found = group(group);
            Map<String, StoredDataset> datasets = new HashMap<>();
            if (found != null) {
                nodesMet += found.getChildren().size();
                found.getChildren().forEach((name, node) -> {
                    if (node instanceof Dataset dataset) {
                        datasets.put(name, locate(dataset));
                    }
                });
            }
            return datasets;
        });
    }

    private @Nullable Group group(String path) {
        Group group = file;
        for (String name : path.isEmpty() ? new String[0] : path.split("/", -1)) {
            if (!(group.getChild(name) instanceof Group child)) {
                return null;
            }
            group = child;
        }
        return group;
    }

    private StoredDataset locate(Dataset dataset) {
        int[] shape = dataset.getDimensions();
        boolean plain = !dataset.isEmpty() && ElementType.knows(dataset.getDataType());
        if (plain && dataset instanceof ContiguousDataset piece) {
            long address = Math.addExact(piece.getDataAddress(), file.getUserBlockSize());
            return new StoredDataset.InOnePiece(address, layout(ElementType.of(dataset.getDataType()), shape));
        }
        return new StoredDataset.InChunks(dataset, shape);
    }

    /** Neighbours mostly look alike, and millions of them share one description. */
    private StoredDataset.Layout layout(ElementType type, int[] shape) {
        StoredDataset.Layout last = lastLayout;
        if (last == null || !last.type().equals(type) || !Arrays.equals(last.shape(), shape)) {
            last = new StoredDataset.Layout(type, shape);
            lastLayout = last;
        }
        return last;
    }

    StoredArray read(String key, StoredDataset dataset) {
        int[] shape = dataset.shape();
        long elements = 1;
        for (int size : shape) {
            elements = Math.min(elements * size, MAX_ELEMENTS + 1);
        }
        if (elements > MAX_ELEMENTS) {
            throw new DataException(
                    path, "holds too large an array at '" + key + "': over " + MAX_ELEMENTS + " numbers");
        }
        float[] values = switch (dataset) {
            case StoredDataset.InOnePiece piece -> readPiece(key, piece, (int) elements);
            case StoredDataset.InChunks chunks -> guarded(key, () -> readChunks(chunks.dataset()));
        };
        if (values.length != elements) {
            throw new DataException(path, "is damaged at '" + key + "': " + values.length + " numbers of " + elements);
        }
        return StoredArray.of(values, shape);
    }

    private float[] readPiece(String key, StoredDataset.InOnePiece piece, int elements) {
        ByteBuffer bytes = ByteBuffer.allocate(elements * piece.layout().type().bytes());
        try {
            long end = piece.address() + bytes.capacity();
            if (piece.address() < 0 || end > channel.size()) {
                throw new DataException(path, "is damaged: the values of '" + key + "' lie outside the file");
            }
            while (bytes.hasRemaining() && channel.read(bytes, piece.address() + bytes.position()) >= 0) {
                // the next read goes on where this one stopped
            }
        } catch (IOException e) {
            throw new DataException(path, "cannot be read at '" + key + "': " + e, e);
        }
        return piece.layout().type().decode(bytes.flip());
    }

    private static float[] readChunks(Dataset dataset) {
        ElementType.of(dataset.getDataType());
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
            default -> throw new IllegalArgumentException("holds no floating point numbers");
        };
    }

    /** Returns the keys of all datasets, group by group, in the file's order. */
    synchronized Map<String, StoredDataset> all() {
        Map<String, StoredDataset> all = new LinkedHashMap<>();
        guarded("", () -> {
            collect(file, "", 0, all);
            return all;
        });
        return all;
    }

    private void collect(Group group, String prefix, int depth, Map<String, StoredDataset> all) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("has groups nested deeper than " + MAX_DEPTH);
        }
        for (Map.Entry<String, Node> child : group.getChildren().entrySet()) {
            String key = prefix + child.getKey();
            switch (child.getValue()) {
                case Dataset dataset -> all.put(key, locate(dataset));
                case Group nested -> collect(nested, key + "/", depth + 1, all);
                default -> {}
            }
        }
    }

    /**
     * Whatever a damaged file leads jhdf to, even to ask for endless memory, becomes an exception that names the file.
     */
    private <T> T guarded(String place, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError | AssertionError e) {
            String at = place.isEmpty() ? "" : " at '" + place + "'";
            throw new DataException(path, "is not an HDF5 file that can be read here" + at + ": " + rootMessage(e), e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new DataException(path, "cannot be closed: " + e, e);
        }
    }
}
