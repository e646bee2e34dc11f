package dev.mmgen.torch.weights;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** The numbers of a file copied into memory, a storage at a time through one buffer, with its checksum on the way. */
final class TensorReader implements TensorSource {

    private static final int BUFFER_BYTES = 16 << 20;
    private static final int GATHERED = 1 << 20;

    private final Path path;
    private final long size;
    private @Nullable FileBytes opened;
    private @Nullable ByteBuffer buffer;
    private boolean closed;

    TensorReader(Path path, long size) {
        this.path = path;
        this.size = size;
    }

    @Override
    public synchronized Tensor tensor(String key, TensorInfo info, int crc) {
        return TensorScope.keeping(() -> view(storage(key, info, crc), info));
    }

    /** Reads all elements of a storage. */
    private Tensor storage(String key, TensorInfo info, int expected) {
        FileBytes file = file();
        int width = info.dtype().byteSize();
        long elements = info.byteLength() / width;
        Tensor storage = Torch.empty(info.dtype(), Device.CPU, Shape.of(elements));
        CRC32 crc = new CRC32();
        ByteBuffer piece = buffer();
        long step = Math.max(1, piece.capacity() / width);
        for (long start = 0; start < elements; start += step) {
            long count = Math.min(step, elements - start);
            piece.clear().limit((int) count * width);
            file.read(info.byteOffset() + start * width, piece, "tensor '" + key + "'");
            crc.update(piece.duplicate());
            try (TensorScope _ = TensorScope.open()) {
                storage.slice(0, start, start + count).copy_(Torch.tensor(piece, info.dtype(), Shape.of(count)));
            }
        }
        if (expected != 0 && expected != (int) crc.getValue()) {
            throw new WeightFileException(
                    path,
                    key,
                    "its numbers do not have the checksum that the file keeps for them, so the file is damaged; copy or"
                            + " download it again",
                    null);
        }
        return storage;
    }

    private static Tensor view(Tensor storage, TensorInfo info) {
        if (info.elements() == 0) {
            return Torch.empty(info.dtype(), Device.CPU, info.shape());
        }
        if (info.isContiguous()) {
            Tensor part = storage.slice(0, info.storageOffset(), info.storageOffset() + info.elements());
            Tensor own = part.elements() == storage.elements() ? part : part.copy();
            return own.reshape(info.shape().toArray());
        }
        return gathered(storage, info);
    }

    /** Every element by its number in the storage: slow, and rare. */
    private static Tensor gathered(Tensor storage, TensorInfo info) {
        Tensor result = Torch.empty(info.dtype(), Device.CPU, Shape.of(info.elements()));
        long[] sizes = info.shape().toArray();
        long[] strides = info.strides().stream().mapToLong(Long::longValue).toArray();
        for (long start = 0; start < info.elements(); start += GATHERED) {
            long[] numbers = new long[(int) Math.min(GATHERED, info.elements() - start)];
            for (int i = 0; i < numbers.length; i++) {
                long rest = start + i;
                numbers[i] = info.storageOffset();
                for (int dim = sizes.length - 1; dim >= 0; dim--) {
                    numbers[i] += rest % sizes[dim] * strides[dim];
                    rest /= sizes[dim];
                }
            }
            try (TensorScope _ = TensorScope.open()) {
                result.slice(0, start, start + numbers.length).copy_(storage.indexSelect(0, Torch.tensor(numbers)));
            }
        }
        return result.reshape(sizes);
    }

    @Override
    public synchronized void open() {
        file();
    }

    private FileBytes file() {
        if (closed) {
            throw new IllegalStateException(path + " is closed; load its tensors before closing it");
        }
        FileBytes file = opened;
        if (file == null) {
            file = FileBytes.open(path, WeightFileException::new);
            if (file.size() != size) {
                file.close();
                throw new WeightFileException(path, "changed its size from " + size + " bytes since it was opened");
            }
            opened = file;
        }
        return file;
    }

    private ByteBuffer buffer() {
        ByteBuffer known = buffer;
        if (known == null) {
            known = ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, size));
            buffer = known;
        }
        return known;
    }

    @Override
    public synchronized void close() {
        closed = true;
        buffer = null;
        if (opened != null) {
            opened.close();
            opened = null;
        }
    }
}
