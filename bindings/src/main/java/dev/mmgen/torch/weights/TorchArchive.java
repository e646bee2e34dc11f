package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.pickle.PickleBytes;
import dev.mmgen.torch.weights.pickle.StorageTable;
import dev.mmgen.torch.weights.pickle.Unpickler;
import dev.mmgen.torch.weights.zip.Inflation;
import dev.mmgen.torch.weights.zip.ZipDirectory;
import dev.mmgen.torch.weights.zip.ZipDirectory.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The zip layout of {@code torch.save}: a folder of any name with {@code data.pkl}, {@code byteorder}, {@code version}
 * and one entry {@code data/KEY} for each storage.
 */
final class TorchArchive implements StorageTable {

    static final String PICKLE = "data.pkl";
    static final int MAX_PICKLE_BYTES = 64 << 20;
    private static final int MAX_NOTE_BYTES = 64;
    private static final int NEWEST_VERSION = 10;

    private final FileBytes file;
    private final Map<String, Entry> entries;
    private final Entry pickle;
    private final String folder;
    private final Map<Long, Entry> storages = new HashMap<>();

    private TorchArchive(FileBytes file, Map<String, Entry> entries) {
        this.file = file;
        this.entries = entries;
        this.pickle = findPickle();
        this.folder = pickle.name().substring(0, pickle.name().length() - PICKLE.length());
    }

    static TorchFile read(FileBytes file) {
        TorchArchive archive = new TorchArchive(file, ZipDirectory.read(file));
        archive.checkNotes();
        PickleBytes bytes = new PickleBytes(file, archive.contents(archive.pickle, MAX_PICKLE_BYTES));
        Object root = Unpickler.load(bytes, archive, TensorInfo::view);
        return new TorchFile(root, Map.copyOf(archive.storages));
    }

    @Override
    public Storage find(String key, DType dtype, long elements) {
        String name = folder + "data/" + key;
        Entry entry = entries.get(name);
        if (entry == null) {
            throw fail(name, "the file refers to this storage but does not contain it; copy or download it again");
        }
        if (entry.size() != elements * dtype.byteSize()) {
            throw fail(
                    name,
                    "the storage has " + entry.size() + " bytes but " + elements + " elements of " + dtype.torchName()
                            + " need " + elements * dtype.byteSize() + "; the file is damaged");
        }
        if (entry.size() > 0) {
            storages.put(entry.offset(), entry);
        }
        return new Storage(dtype, entry.offset(), entry.size());
    }

    private Entry findPickle() {
        Entry found = null;
        for (Entry entry : entries.values()) {
            String name = entry.name();
            if (name.equals(PICKLE) || name.endsWith("/" + PICKLE)) {
                if (found != null) {
                    throw fail(name, "a second " + PICKLE + " beside " + found.name());
                }
                found = entry;
            }
        }
        if (found == null) {
            throw new WeightFileException(
                    file.path(), "has no " + PICKLE + "; it is a zip archive but not one of torch.save");
        }
        return found;
    }

    private void checkNotes() {
        String order = note("byteorder");
        if (order != null && !order.equals("little")) {
            throw fail(
                    folder + "byteorder",
                    "the values are in " + order
                            + " byte order; only little-endian files are supported, save it anew on a little-endian machine");
        }
        String version = note("version");
        if (version != null && !isKnownVersion(version)) {
            throw fail(
                    folder + "version",
                    "format version '" + version + "' is newer than this reader, which knows 1 to " + NEWEST_VERSION);
        }
    }

    private static boolean isKnownVersion(String version) {
        try {
            int number = Integer.parseInt(version);
            return number >= 1 && number <= NEWEST_VERSION;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private @Nullable String note(String name) {
        Entry entry = entries.get(folder + name);
        return entry == null
                ? null
                : StandardCharsets.US_ASCII
                        .decode(contents(entry, MAX_NOTE_BYTES))
                        .toString()
                        .strip();
    }

    private ByteBuffer contents(Entry entry, int limit) {
        if (entry.size() > limit) {
            throw fail(
                    entry.name(),
                    "is " + entry.size() + " bytes long, more than the " + limit + " that a checkpoint needs for it");
        }
        if (entry.isDeflated()) {
            return Inflation.inToMemory(file, entry);
        }
        ByteBuffer bytes = file.read(entry.offset(), (int) entry.size(), "zip entry '" + entry.name() + "'");
        CRC32 crc = new CRC32();
        crc.update(bytes.duplicate());
        entry.requireCrc(file, crc);
        return bytes;
    }

    private WeightFileException fail(String entry, String problem) {
        return new WeightFileException(file.path(), entry, problem, null);
    }
}
