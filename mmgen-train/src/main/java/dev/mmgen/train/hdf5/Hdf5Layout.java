package dev.mmgen.train.hdf5;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The structures of an HDF5 file in its oldest and most widely read form, which is also what the official scripts
 * produce (HDF5 File Format Specification 3.0: superblock 0, object header 1, symbol tables).
 */
final class Hdf5Layout {

    /** Size of the superblock, and where the first object can lie. */
    static final int SUPERBLOCK_BYTES = 96;

    private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    private static final long UNDEFINED = -1;
    private static final int LINK_BYTES = 40;
    private static final int CACHED_GROUP = 1;

    private final int fanOut;

    /**
     * @param largestGroup the most links that a group holds; nodes get room for its square root, so that one level
     *     suffices
     */
    Hdf5Layout(int largestGroup) {
        this.fanOut = Math.max(8, 2 * (int) Math.ceil(Math.sqrt(largestGroup) / 2));
    }

    /**
     * A group that has been written.
     *
     * @param header address of its object header
     * @param tree   address of the tree of its links
     * @param names  address of the names of its links
     */
    record Group(long header, long tree, long names) {}

    /** The name of a link in a group; names are ordered by their UTF-8 bytes. */
    record LinkName(byte[] utf8) implements Comparable<LinkName> {

        static LinkName of(String name) {
            return new LinkName(name.getBytes(StandardCharsets.UTF_8));
        }

        /** Returns the length with the closing zero, padded to a multiple of 8. */
        int paddedLength() {
            return utf8.length + 8 & ~7;
        }

        @Override
        public int compareTo(LinkName other) {
            return Arrays.compareUnsigned(utf8, other.utf8);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof LinkName name && Arrays.equals(utf8, name.utf8);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(utf8);
        }
    }

    /** The target of a link: a group that has been written, or a data set's header. */
    sealed interface Target {
        record ToGroup(Group group) implements Target {}

        record ToDataset(long header) implements Target {}
    }

    ByteBuffer superblock(Group root, long endOfFile) {
        ByteBuffer block = buffer(SUPERBLOCK_BYTES);
        block.put(SIGNATURE).putInt(0);
        block.put((byte) 0).put((byte) Long.BYTES).put((byte) Long.BYTES).put((byte) 0);
        block.putShort((short) (fanOut / 2)).putShort((short) (fanOut / 2)).putInt(0);
        block.putLong(0).putLong(UNDEFINED).putLong(endOfFile).putLong(UNDEFINED);
        putLink(block, 0, new Target.ToGroup(root));
        return block.flip();
    }

    /** Returns the object header of a float32 dataset whose values follow it, both little-endian. */
    static ByteBuffer datasetHeader(int[] shape, long address) {
        int spaceBytes = 8 + 8 * shape.length;
        int messages = 4 * 8 + spaceBytes + 24 + 8 + 24;
        ByteBuffer header = objectHeader(4, messages);
        message(header, 1, spaceBytes, 0);
        header.put((byte) 1).put((byte) shape.length).putShort((short) 0).putInt(0);
        long bytes = Float.BYTES;
        for (int size : shape) {
            header.putLong(size);
            bytes = Math.multiplyExact(bytes, size);
        }
        message(header, 3, 24, 1);
        header.put((byte) 0x11).put((byte) 0x20).put((byte) 31).put((byte) 0).putInt(Float.BYTES);
        header.putShort((short) 0)
                .putShort((short) 32)
                .put((byte) 23)
                .put((byte) 8)
                .put((byte) 0)
                .put((byte) 23);
        header.putInt(127).putInt(0);
        message(header, 5, 8, 1);
        header.put((byte) 2).put((byte) 2).put((byte) 2).put((byte) 1).putInt(0);
        message(header, 8, 24, 0);
        header.put((byte) 3).put((byte) 1).putLong(address + header.capacity()).putLong(bytes);
        return header.clear();
    }

    private static ByteBuffer objectHeader(int messages, int bytes) {
        ByteBuffer header = buffer(16 + bytes);
        return header.put((byte) 1)
                .put((byte) 0)
                .putShort((short) messages)
                .putInt(1)
                .putInt(bytes)
                .putInt(0);
    }

    private static void message(ByteBuffer header, int type, int bytes, int flags) {
        header.putShort((short) type).putShort((short) bytes).putInt(flags);
    }

    /**
     * Returns the bytes of a group: its names, its links, their tree and its header.
     *
     * @param links   sorted by the bytes of their names
     * @param address where the bytes will lie, a multiple of 8
     * @param written receives where its parts are
     */
    ByteBuffer group(SortedMap<LinkName, Target> links, long address, List<Group> written) {
        int nodes = (links.size() + fanOut - 1) / fanOut;
        int nameBytes =
                8 + links.keySet().stream().mapToInt(LinkName::paddedLength).sum();
        int treeBytes = 24 + 8 * (2 * fanOut + 1);
        int nodeBytes = 8 + LINK_BYTES * fanOut;
        long firstNode = address + 32 + nameBytes;
        long tree = firstNode + (long) nodes * nodeBytes;
        Group group = new Group(tree + treeBytes, tree, address);
        written.add(group);

        ByteBuffer bytes = buffer(Math.toIntExact(group.header() - address + 16 + 24));
        ByteBuffer names =
                bytes.slice(32, nameBytes).order(ByteOrder.LITTLE_ENDIAN).position(8);
        bytes.put("HEAP".getBytes(StandardCharsets.US_ASCII)).putInt(0);
        bytes.putLong(nameBytes).putLong(1).putLong(address + 32);
        List<Long> lastNames = putNodes(bytes.position(32 + nameBytes), names, links, nodeBytes);
        putTree(bytes.position((int) (tree - address)), lastNames, firstNode, nodeBytes);
        bytes.position((int) (group.header() - address))
                .put(objectHeader(1, 24).clear().limit(16));
        message(bytes, 17, 16, 0);
        bytes.putLong(group.tree()).putLong(group.names());
        return bytes.clear();
    }

    /** Returns, for every node of links, where its last name is among the names. */
    private List<Long> putNodes(ByteBuffer bytes, ByteBuffer names, SortedMap<LinkName, Target> links, int nodeBytes) {
        List<Long> lastNames = new ArrayList<>();
        Iterator<Map.Entry<LinkName, Target>> order = links.entrySet().iterator();
        for (int start = bytes.position(), left = links.size(); left > 0; left -= fanOut, start += nodeBytes) {
            int count = Math.min(left, fanOut);
            bytes.position(start)
                    .put("SNOD".getBytes(StandardCharsets.US_ASCII))
                    .put((byte) 1)
                    .put((byte) 0);
            bytes.putShort((short) count);
            long nameAt = 0;
            for (int i = 0; i < count; i++) {
                Map.Entry<LinkName, Target> link = order.next();
                LinkName name = link.getKey();
                nameAt = names.position();
                names.put(name.utf8()).position((int) nameAt + name.paddedLength());
                putLink(bytes, nameAt, link.getValue());
            }
            lastNames.add(nameAt);
        }
        return lastNames;
    }

    private static void putTree(ByteBuffer bytes, List<Long> lastNames, long firstNode, int nodeBytes) {
        bytes.put("TREE".getBytes(StandardCharsets.US_ASCII)).put((byte) 0).put((byte) 0);
        bytes.putShort((short) lastNames.size()).putLong(UNDEFINED).putLong(UNDEFINED);
        bytes.putLong(0);
        for (int i = 0; i < lastNames.size(); i++) {
            bytes.putLong(firstNode + (long) i * nodeBytes).putLong(lastNames.get(i));
        }
    }

    private static void putLink(ByteBuffer bytes, long name, Target target) {
        switch (target) {
            case Target.ToGroup(Group group) ->
                bytes.putLong(name)
                        .putLong(group.header())
                        .putInt(CACHED_GROUP)
                        .putInt(0)
                        .putLong(group.tree())
                        .putLong(group.names());
            case Target.ToDataset(long header) ->
                bytes.putLong(name).putLong(header).putLong(0).putLong(0).putLong(0);
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
