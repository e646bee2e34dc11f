package dev.mmgen.torch.weights;

import dev.mmgen.torch.MappedFile;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TorchException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Turns descriptions into tensors that lie in the mapped file. The file is mapped when the first tensor is asked for,
 * so that listing a file needs no native library. Tensors stay valid after this is closed.
 */
final class TensorMapping implements AutoCloseable {

    private final Path path;
    private final long size;
    private @Nullable MappedFile mapped;
    private boolean closed;

    /**
     * @param size the size of the file when it was parsed
     */
    TensorMapping(Path path, long size) {
        this.path = path;
        this.size = size;
    }

    synchronized Tensor tensor(String key, TensorInfo info) {
        MappedFile file = open();
        try {
            return file.tensor(
                    info.byteOffset(),
                    info.byteLength(),
                    info.dtype(),
                    info.shape().toArray(),
                    info.strides().stream().mapToLong(Long::longValue).toArray(),
                    info.storageOffset());
        } catch (IllegalArgumentException | TorchException e) {
            throw new WeightFileException(path, key, "cannot be mapped: " + e.getMessage(), e);
        }
    }

    /** Maps a whole state dict, which no scope frees. If one tensor fails, those mapped before it are closed. */
    static StateDict load(Map<String, TensorInfo> infos, BiFunction<String, TensorInfo, Tensor> source) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            infos.forEach(
                    (key, info) -> tensors.put(key, source.apply(key, info).unscoped()));
            return StateDict.of(tensors);
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensor::close);
            throw e;
        }
    }

    /** Maps the file now rather than with the first tensor. */
    synchronized MappedFile open() {
        if (closed) {
            throw new IllegalStateException(path + " is closed; load its tensors before closing it");
        }
        MappedFile file = mapped;
        if (file == null) {
            file = map();
            if (file.size() != size) {
                file.close();
                throw new WeightFileException(path, "changed its size from " + size + " bytes since it was opened");
            }
            mapped = file;
        }
        return file;
    }

    private MappedFile map() {
        try {
            return MappedFile.open(path);
        } catch (TorchException e) {
            throw new WeightFileException(path, "cannot be mapped: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (mapped != null) {
            mapped.close();
            mapped = null;
        }
    }
}
