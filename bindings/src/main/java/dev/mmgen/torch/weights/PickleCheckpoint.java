package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.zip.Inflation;
import dev.mmgen.torch.weights.zip.ZipDirectory.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@code torch.save}, such as the official checkpoints: a dict with {@code model}, {@code ema}, {@code opt},
 * {@code args} and {@code steps}.
 *
 * <p>Opening reads only the description of the contents. Nothing in the file is executed: tensors, containers, numbers
 * and texts are understood, and anything else a pickle may ask for is refused by name. {@link #stateDict(String)} maps
 * one part of the file and leaves the others on disk.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="pickle-checkpoint"}
 *
 * <p>The zip layout of PyTorch 1.6 and later (zip64 included) and the older plain layout are read, little-endian only;
 * {@link #write} makes files in the zip layout.
 */
public final class PickleCheckpoint implements AutoCloseable {

    private final Path path;
    private final TorchFile contents;
    private final FileAccess access;
    private final TensorSource source;
    private final Map<Long, TensorSource> inflated = new HashMap<>();

    private PickleCheckpoint(Path path, TorchFile contents, FileAccess access, long size) {
        this.path = path;
        this.contents = contents;
        this.access = access;
        this.source = TensorSource.of(path, size, access);
    }

    /**
     * Opens a checkpoint, whose numbers will be mapped.
     *
     * @throws WeightFileException if it is missing, damaged, or asks for anything but tensors and plain values
     */
    public static PickleCheckpoint open(Path path) {
        return open(path, FileAccess.MAP);
    }

    /**
     * Opens a checkpoint. With {@link FileAccess#READ}, as for resuming a training, loading a tensor compares the
     * checksum of its storage.
     *
     * @throws WeightFileException if it is missing, damaged, or asks for anything but tensors and plain values
     */
    public static PickleCheckpoint open(Path path, FileAccess access) {
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            return new PickleCheckpoint(path, TorchFile.read(file), access, file.size());
        }
    }

    /**
     * Writes a file that {@code torch.load} reads, in the zip layout; beyond 4 GiB as zip64. Tensors are copied one
     * piece at a time, so the file may be larger than the memory. It appears under its name only when it is complete
     * and on disk; an older one is replaced.
     *
     * <p>Values are those of {@link #root()}, with each {@link Tensor} itself in place of its description; Integer and
     * Float; {@link StateDict}, which becomes an {@code OrderedDict}; and {@link PythonValue} for what has no
     * counterpart in Java. A map becomes a dict in its iteration order. Tensors may be on any device and of any
     * strides; they are written row-major, each with a storage of its own, as tensors of the CPU that need no gradient,
     * and stay open.
     *
     * @throws WeightFileException if the file cannot be written, or a value has no form in Python; the message tells
     * where it is
     */
    public static void write(Path path, Map<String, ? extends @Nullable Object> root) {
        new TorchArchiveWriter(path).write(root);
    }

    /** Returns the file this was opened from. */
    public Path path() {
        return path;
    }

    /**
     * Returns the saved value as an unmodifiable tree of plain Java values: dicts and {@code argparse.Namespace} as
     * Map, lists and tuples as List, sets as Set, {@code None} as null; String, Boolean, Long, BigInteger (where a Long
     * does not suffice), Double and byte[]; {@code torch.Size} as a List of Long, {@code torch.dtype} as DType,
     * {@code torch.device} as String; a tensor as {@link TensorInfo}, to be had with {@link #tensor(TensorInfo)}.
     */
    public @Nullable Object root() {
        return contents.root();
    }

    /**
     * Returns the names of the entries at the top.
     *
     * @throws WeightFileException if the file does not hold a dict with text keys
     */
    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (Object key : top().keySet()) {
            keys.add(text(key));
        }
        return Collections.unmodifiableList(keys);
    }

    /** Returns true if the file holds a dict that has this entry. */
    public boolean has(String key) {
        return contents.root() instanceof Map<?, ?> map && map.containsKey(key);
    }

    /**
     * Returns one entry at the top as a plain value, see {@link #root()}.
     *
     * @throws WeightFileException if there is no such entry; the message lists those there are
     */
    public @Nullable Object value(String key) {
        if (!has(key)) {
            throw new WeightFileException(path, "has no entry '" + key + "'; it has " + keys());
        }
        return top().get(key);
    }

    /**
     * Describes the tensors of one entry, such as {@code ema}, without touching their data. What wrappers put before
     * the names is left out: {@code module.} of DistributedDataParallel where all names begin with it, and
     * {@code _orig_mod.} of torch.compile.
     *
     * @throws WeightFileException if there is no such entry or it is not a dict of tensors
     */
    public Map<String, TensorInfo> infos(String key) {
        return tensors(value(key), key);
    }

    /**
     * Describes the tensors of a file that is a state dict by itself.
     *
     * @throws WeightFileException if the file holds anything else
     */
    public Map<String, TensorInfo> infos() {
        return tensors(contents.root(), null);
    }

    /**
     * Maps the tensors of one entry, such as {@code ema}; all others stay on disk. The tensors are views of the file:
     * writing to them leaves it as it is, and they remain valid after this checkpoint is closed. Tensors that shared a
     * storage when they were saved may still share it.
     *
     * @throws WeightFileException if there is no such entry or it is not a dict of tensors
     */
    public StateDict stateDict(String key) {
        return load(infos(key));
    }

    /**
     * Maps the tensors of a file that is a state dict by itself.
     *
     * @throws WeightFileException if the file holds anything else
     */
    public StateDict stateDict() {
        return load(infos());
    }

    /**
     * Maps a single tensor of this checkpoint's tree, for example one moment of the optimizer. The caller closes it.
     *
     * @throws WeightFileException if the description does not fit this file
     */
    public Tensor tensor(TensorInfo info) {
        return tensor("tensor", info);
    }

    private StateDict load(Map<String, TensorInfo> infos) {
        return TensorSource.load(infos, _ -> true, this::tensor);
    }

    private synchronized Tensor tensor(String key, TensorInfo info) {
        Entry packed = contents.entries().get(info.byteOffset());
        if (packed == null || !packed.isDeflated()) {
            return source.tensor(key, info, packed == null ? 0 : packed.crc());
        }
        TensorSource unpacked = inflated.computeIfAbsent(info.byteOffset(), _ -> unpack(packed));
        return unpacked.tensor(key, info.at(0), packed.crc());
    }

    private TensorSource unpack(Entry entry) {
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            Path target = Inflation.toTemporaryFile(file, entry);
            TensorSource unpacked = TensorSource.of(target, entry.size(), access);
            try {
                unpacked.open();
                Files.delete(target);
            } catch (IOException _) {
                // Windows keeps open files until the process ends.
                target.toFile().deleteOnExit();
            }
            return unpacked;
        }
    }

    private Map<?, ?> top() {
        if (contents.root() instanceof Map<?, ?> map) {
            return map;
        }
        throw new WeightFileException(path, "does not hold a dict but a single value");
    }

    private Map<String, TensorInfo> tensors(@Nullable Object value, @Nullable String name) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new WeightFileException(path, name, "is not a state dict", null);
        }
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getValue() instanceof TensorInfo info)) {
                throw new WeightFileException(
                        path,
                        name,
                        "is not a state dict: its entry '" + entry.getKey() + "' is not a tensor"
                                + (name == null ? "; the entries are " + keys() : ""),
                        null);
            }
            infos.put(text(entry.getKey()), info);
        }
        return WrapperNames.removed(infos);
    }

    private String text(@Nullable Object key) {
        if (key instanceof String text) {
            return text;
        }
        throw new WeightFileException(path, "has an entry with the key " + key + ", which is not a text");
    }

    /** Unmaps the file as soon as no tensor uses it any more. */
    @Override
    public synchronized void close() {
        source.close();
        inflated.values().forEach(TensorSource::close);
    }
}
