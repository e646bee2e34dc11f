package dev.mmgen.torch.weights;

import dev.mmgen.torch.MappedFile;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TorchException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a file where they lie, in its mapping. The file is mapped when the first tensor is asked for, so that
 * listing a file needs no native library.
 */
final class TensorMapping implements TensorSource {

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

    @Override
    public synchronized Tensor tensor(String key, TensorInfo info, int crc) {
        MappedFile file = mapped();
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

    @Override
    public synchronized void open() {
        mapped();
    }

    private MappedFile mapped() {
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
