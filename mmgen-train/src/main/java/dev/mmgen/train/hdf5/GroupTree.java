package dev.mmgen.train.hdf5;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tree of groups, and of the data sets in them, of an HDF5 file that is being written. */
final class GroupTree {

    private final SortedMap<Hdf5Layout.LinkName, Object> links = new TreeMap<>();

    /** The end of the file, where the groups are written. */
    interface Output {
        long position() throws IOException;

        void append(ByteBuffer bytes) throws IOException;
    }

    /**
     * Adds a dataset and the groups on the way to it.
     *
     * @param header where the dataset's object header is
     * @throws IllegalArgumentException if the key exists, or a group on its way is a sample
     */
    void add(String key, long header) {
        GroupTree group = this;
        String[] names = key.split("/", -1);
        for (int i = 0; i < names.length - 1; i++) {
            if (!(group.links.computeIfAbsent(Hdf5Layout.LinkName.of(names[i]), _ -> new GroupTree())
                    instanceof GroupTree next)) {
                throw new IllegalArgumentException(
                        "'" + names[i] + "' in the sample key '" + key + "' is a sample itself");
            }
            group = next;
        }
        if (group.links.putIfAbsent(Hdf5Layout.LinkName.of(names[names.length - 1]), header) != null) {
            throw new IllegalArgumentException(
                    "the sample key '" + key + "' exists already, as a sample or as a group");
        }
    }

    /** Returns the most links that this group or one inside it holds. */
    int largestGroup() {
        int largest = links.size();
        for (Object target : links.values()) {
            if (target instanceof GroupTree group) {
                largest = Math.max(largest, group.largestGroup());
            }
        }
        return largest;
    }

    /** Writes the groups inside this one, then this one. */
    Hdf5Layout.Group write(Hdf5Layout layout, Output output) throws IOException {
        SortedMap<Hdf5Layout.LinkName, Hdf5Layout.Target> targets = new TreeMap<>();
        for (var link : links.entrySet()) {
            targets.put(
                    link.getKey(),
                    link.getValue() instanceof GroupTree group
                            ? new Hdf5Layout.Target.ToGroup(group.write(layout, output))
                            : new Hdf5Layout.Target.ToDataset((Long) link.getValue()));
        }
        List<Hdf5Layout.Group> written = new ArrayList<>();
        output.append(layout.group(targets, output.position(), written));
        return written.getFirst();
    }
}
