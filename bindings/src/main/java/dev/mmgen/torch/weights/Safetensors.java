package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A safetensors file, the format of the Hugging Face libraries: a JSON header and the raw little-endian values of each
 * tensor.
 *
 * <p>Opening checks the header completely: its length (at most 100,000,000 bytes), element types, shapes, and that the
 * tensors cover the file without holes or overlaps. The data itself is only read when a loaded tensor is used.
 */
public final class Safetensors implements WeightFile {

    private final Path path;
    private final SafetensorsHeader header;
    private final TensorSource source;

    private Safetensors(Path path, SafetensorsHeader header, TensorSource source) {
        this.path = path;
        this.header = header;
        this.source = source;
    }

    /**
     * Opens one file, whose numbers will be mapped.
     *
     * @throws WeightFileException if it is missing or breaks a rule of the format
     */
    public static Safetensors open(Path path) {
        return open(path, FileAccess.MAP);
    }

    /**
     * Opens one file.
     *
     * @throws WeightFileException if it is missing or breaks a rule of the format
     */
    public static Safetensors open(Path path, FileAccess access) {
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            return new Safetensors(path, SafetensorsHeader.read(file), TensorSource.of(path, file.size(), access));
        }
    }

    /**
     * Writes tensors into one file. They are ordered as the format's own writer orders them: wide element types first,
     * then by name. The file appears under its name only when it is complete; an older one is replaced.
     *
     * @param tensors on any device, of any strides; they stay open
     * @param metadata free text pairs, for example {@code format: pt}
     * @throws WeightFileException if the file cannot be written
     */
    public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
        new SafetensorsWriter(path, metadata).write(tensors);
    }

    /** Writes a state dict into one file, see {@link #write(Path, Map, Map)}. */
    public static void write(Path path, StateDict tensors, Map<String, String> metadata) {
        write(path, tensors.asMap(), metadata);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return WrapperNames.removed(header.tensors());
    }

    @Override
    public Map<String, ForeignTensor> foreign() {
        return WrapperNames.removed(header.foreign());
    }

    /** Returns the header, whose names are those in the file. */
    SafetensorsHeader header() {
        return header;
    }

    @Override
    public StateDict load(Predicate<String> wanted) {
        return TensorSource.load(infos(), wanted, this::tensor).withUnreadable(path, foreign());
    }

    Tensor tensor(String key, TensorInfo info) {
        return source.tensor(key, info, 0);
    }

    @Override
    public void close() {
        source.close();
    }
}
