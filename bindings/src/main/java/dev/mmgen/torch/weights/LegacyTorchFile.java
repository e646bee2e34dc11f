package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.pickle.PickleBytes;
import dev.mmgen.torch.weights.pickle.StorageTable.Storage;
import dev.mmgen.torch.weights.pickle.Unpickler;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The layout of {@code torch.save} before PyTorch 1.6: pickles one after another (magic number, protocol, machine,
 * value, list of storage keys), then each storage as an element count and its raw bytes, in the order of that list.
 */
final class LegacyTorchFile {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;
    private static final int MAX_PICKLE_BYTES = 64 << 20;

    private final FileBytes file;

    /**
     * Where each storage lies; empty during the first reading of the value, which only learns what storages there are.
     */
    private final Map<String, Storage> storages = new HashMap<>();

    private final Map<String, Storage> mentioned = new LinkedHashMap<>();

    private LegacyTorchFile(FileBytes file) {
        this.file = file;
    }

    static boolean isLegacy(FileBytes file) {
        return file.size() > 2 && file.read(0, 1, "the first byte").get() == (byte) 0x80;
    }

    static TorchFile read(FileBytes file) {
        return new LegacyTorchFile(file).read();
    }

    private TorchFile read() {
        int window = (int) Math.min(file.size(), MAX_PICKLE_BYTES);
        PickleBytes in = new PickleBytes(file, file.read(0, window, "the pickles"));
        if (!MAGIC.equals(load(in)) || !Long.valueOf(PROTOCOL).equals(load(in))) {
            throw new WeightFileException(file.path(), "is a pickle but not a file of torch.save");
        }
        if (!(load(in) instanceof Map<?, ?> machine) || !Boolean.TRUE.equals(machine.get("little_endian"))) {
            throw new WeightFileException(file.path(), "does not say that it was saved on a little-endian machine");
        }
        int start = in.position();
        load(in);
        Object keys = load(in);
        if (!(keys instanceof List<?> list)) {
            throw in.fail("the list of storages is missing; the file is damaged");
        }
        locate(list, in.position());
        PickleBytes again = new PickleBytes(file, file.read(start, window - start, "the pickles"));
        return new TorchFile(load(again), Map.of());
    }

    private @Nullable Object load(PickleBytes in) {
        return Unpickler.load(in, this::find, TensorInfo::view);
    }

    private Storage find(String key, DType dtype, long elements) {
        Storage located = storages.get(key);
        Storage wanted = new Storage(dtype, located == null ? 0 : located.byteOffset(), elements * dtype.byteSize());
        Storage earlier = mentioned.putIfAbsent(key, wanted);
        if (earlier != null && (earlier.dtype() != dtype || earlier.byteLength() != wanted.byteLength())) {
            throw new WeightFileException(file.path(), key, "the storage is given two different types or sizes", null);
        }
        return wanted;
    }

    private void locate(List<?> keys, long position) {
        long at = position;
        for (Object key : keys) {
            Storage storage = mentioned.get(key);
            if (storage == null || storages.containsKey(key)) {
                throw new WeightFileException(file.path(), String.valueOf(key), "a storage that no tensor uses", null);
            }
            long elements =
                    file.read(at, Long.BYTES, "the size of storage " + key).getLong();
            at += Long.BYTES;
            if (elements != storage.byteLength() / storage.dtype().byteSize()
                    || storage.byteLength() > file.size() - at) {
                throw new WeightFileException(
                        file.path(),
                        String.valueOf(key),
                        "the storage should have " + storage.byteLength()
                                + " bytes but does not; the file is cut off or damaged",
                        null);
            }
            storages.put((String) key, new Storage(storage.dtype(), at, storage.byteLength()));
            at += storage.byteLength();
        }
        for (String key : mentioned.keySet()) {
            if (!storages.containsKey(key)) {
                throw new WeightFileException(
                        file.path(), key, "the file refers to this storage but does not contain it", null);
            }
        }
    }
}
