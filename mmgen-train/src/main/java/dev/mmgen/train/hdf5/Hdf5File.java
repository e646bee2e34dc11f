package dev.mmgen.train.hdf5;

import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.StoredArray;
import io.jhdf.Superblock;
import io.jhdf.SymbolTableEntry;
import io.jhdf.exceptions.HdfException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An open HDF5 file of many small arrays. A group's table of contents is read and kept when the group is first needed, about
 * 150 bytes a member; from then on an array that lies in one piece is a single read of the file. Any thread may read.
 */
final class Hdf5File implements AutoCloseable {

    private static final long SIGNATURE = 0x894844460d0a1a0aL;
    private static final int FIRST_USER_BLOCK = 512;

    private static final long MAX_ELEMENTS = 1 << 26;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_LINKS = 16;

    private final Path path;
    private final FileChannel channel;
    private final Superblock superblock;
    private final Hdf5Node.Group root;
    private final Map<Long, Map<String, Hdf5Node>> members = new HashMap<>();

    /** A piece of work of jhdf's. */
    @FunctionalInterface
    private interface Reading<T> {
        T with(Hdf5Storage storage);
    }

    private Hdf5File(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.superblock = superblock();
        if (superblock.getEndOfFileAddress() > channel.size() || superblock.getEndOfFileAddress() < 0) {
            throw new DataException(
                    path,
                    "is cut short: it has " + channel.size() + " bytes of " + superblock.getEndOfFileAddress()
                            + "; copy it again");
        }
        this.root = new Hdf5Node.Group(guarded("", this::rootHeader));
    }

    static Hdf5File open(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new DataException(path, "is not a regular file; name an HDF5 file");
        }
        try {
            FileChannel channel = FileChannel.open(path);
            try {
                return new Hdf5File(path, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DataException(path, "cannot be opened: " + FileReason.reading(e), e);
        }
    }

    /** Finds the superblock, which lies at the beginning or behind a user block of 512 bytes, 1 KiB, 2 KiB and so on. */
    private Superblock superblock() throws IOException {
        for (long at = 0; at < channel.size(); at = at == 0 ? FIRST_USER_BLOCK : 2 * at) {
            ByteBuffer signature = ByteBuffer.allocate(Long.BYTES);
            channel.read(signature, at);
            if (signature.getLong(0) == SIGNATURE) {
                try {
                    Superblock found = Superblock.readSuperblock(channel, at);
                    if (found.getBaseAddressByte() == at
                            && isSize(found.getSizeOfOffsets())
                            && isSize(found.getSizeOfLengths())) {
                        return found;
                    }
                } catch (RuntimeException e) {
                    throw damaged("", e);
                }
            }
        }
        throw new DataException(path, "is not an HDF5 file: it has no valid superblock");
    }

    private static boolean isSize(int bytes) {
        return bytes == 2 || bytes == 4 || bytes == 8;
    }

    private long rootHeader(Hdf5Storage storage) {
        return switch (superblock) {
            case Superblock.SuperblockV0V1 old ->
                new SymbolTableEntry(storage, old.getRootGroupSymbolTableAddress() - old.getBaseAddressByte())
                        .getObjectHeaderAddress();
            case Superblock.SuperblockV2V3 latest -> latest.getRootGroupObjectHeaderAddress();
            default -> throw new HdfException("unsupported superblock version " + superblock.getVersionOfSuperblock());
        };
    }

    /** Returns an array or the reason why a sample cannot be read; null if the file has nothing of this key. */
    synchronized @Nullable Hdf5Node find(String key) {
        Hdf5Node found = resolve(key, 0);
        return found instanceof Hdf5Node.Group ? null : found;
    }

    /** Follows soft links. One that leads nowhere, or out of the file, stands for whatever lies behind it. */
    private @Nullable Hdf5Node resolve(String path, int links) {
        if (path.isEmpty()) {
            return root;
        }
        String folder = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
        Hdf5Node parent = resolve(folder, links);
        if (!(parent instanceof Hdf5Node.Group group)) {
            return parent instanceof Hdf5Node.Unreadable ? parent : null;
        }
        Hdf5Node found = members(folder, group).get(path.substring(path.lastIndexOf('/') + 1));
        if (found instanceof Hdf5Node.SoftLink link && links < MAX_LINKS) {
            Hdf5Node target = resolve(target(folder, link), links + 1);
            return target == null ? found : target;
        }
        return found;
    }

    private static String target(String folder, Hdf5Node.SoftLink link) {
        String from = link.target().startsWith("/") ? "" : folder;
        return Stream.of((from + "/" + link.target()).split("/"))
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .collect(Collectors.joining("/"));
    }

    private Map<String, Hdf5Node> members(String name, Hdf5Node.Group group) {
        return members.computeIfAbsent(
                group.header(), header -> guarded(name, storage -> new Hdf5Group(storage).read(header)));
    }

    /**
     * Returns all members that are no groups by key, group by group, in the file's order. Linked groups are not entered, as
     * h5py's {@code visititems} does not.
     */
    synchronized Map<String, Hdf5Node> all() {
        Map<String, Hdf5Node> all = new LinkedHashMap<>();
        collect(root, "", 0, all);
        return all;
    }

    private void collect(Hdf5Node.Group group, String prefix, int depth, Map<String, Hdf5Node> all) {
        if (depth > MAX_DEPTH) {
            throw new DataException(path, "has groups nested deeper than " + MAX_DEPTH + ", or in a circle");
        }
        members(prefix, group).forEach((name, member) -> {
            String key = prefix + name;
            if (member instanceof Hdf5Node.Group nested) {
                collect(nested, key + "/", depth + 1, all);
            } else if (!(resolve(key, 0) instanceof Hdf5Node.Group)) {
                all.put(key, member);
            }
        });
    }

    /**
     * Reads a sample.
     *
     * @throws DataException if it is damaged, or cannot be reached
     */
    StoredArray read(String key, Hdf5Node node) {
        return switch (node) {
            case Hdf5Node.InOnePiece piece ->
                StoredArray.of(readPiece(key, piece, elements(key, piece)), piece.shape());
            case Hdf5Node.InChunks chunks -> {
                int elements = elements(key, chunks);
                float[] values = guarded(key, storage -> new Hdf5Chunks(storage).read(chunks.header()));
                if (values.length != elements) {
                    throw new DataException(
                            path, "is damaged at '" + key + "': it holds " + values.length + " numbers of " + elements);
                }
                yield StoredArray.of(values, chunks.shape());
            }
            case Hdf5Node.Unreadable unreadable ->
                throw new DataException(path, "holds sample '" + key + "' " + unreadable.fault());
            case Hdf5Node.Group _ -> throw new DataException(path, "holds '" + key + "' as a group, not as a sample");
        };
    }

    private int elements(String key, Hdf5Node.Array array) {
        long elements = 1;
        for (int size : array.shape()) {
            elements = Math.min(elements * size, MAX_ELEMENTS + 1);
        }
        if (elements > MAX_ELEMENTS) {
            throw new DataException(
                    path,
                    "holds an array of over " + MAX_ELEMENTS + " numbers at '" + key + "', which is not supported");
        }
        return (int) elements;
    }

    private float[] readPiece(String key, Hdf5Node.InOnePiece piece, int elements) {
        int bytes = elements * piece.layout().type().bytes();
        try {
            if (piece.address() < 0 || piece.address() > channel.size() - bytes) {
                throw new DataException(
                        path, "is damaged: the values of '" + key + "' lie outside the file; copy it again");
            }
            ByteBuffer values = ByteBuffer.allocate(bytes);
            while (values.hasRemaining()) {
                if (channel.read(values, piece.address() + values.position()) < 0) {
                    throw new DataException(path, "was cut short while '" + key + "' was read");
                }
            }
            return piece.layout().type().decode(values.flip());
        } catch (IOException e) {
            throw new DataException(path, "cannot be read at '" + key + "': " + FileReason.reading(e), e);
        }
    }

    /** Runs jhdf within a budget; whatever a damaged file leads it to becomes an exception that names the file. */
    private <T> T guarded(String place, Reading<T> reading) {
        try {
            return reading.with(new Hdf5Storage(channel, superblock));
        } catch (IOException e) {
            throw new DataException(path, "cannot be read: " + FileReason.reading(e), e);
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError | AssertionError e) {
            throw damaged(place, e);
        }
    }

    private DataException damaged(String place, Throwable fault) {
        String at = place.isEmpty() ? "" : " at '" + place + "'";
        return new DataException(
                path,
                "cannot be read" + at + ": " + Hdf5Group.reason(fault)
                        + "; copy the file again, or rewrite it with h5repack",
                fault);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new DataException(path, "cannot be closed: " + FileReason.writing(e), e);
        }
    }
}
