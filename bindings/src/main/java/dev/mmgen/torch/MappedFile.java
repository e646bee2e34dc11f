package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file in memory, whose bytes tensors can use without a copy.
 *
 * <p>Only the pages that are touched are read. The mapping is private: writing to a tensor over it copies the page and
 * never changes the file. The pages stay as long as any tensor uses them, also after {@link #close}.
 *
 * <p>The file must not be shortened meanwhile. That it has kept its length is checked whenever a tensor is taken, see
 * {@link #requireWhole}; later, an operator that meets a page which is gone is a {@link TorchException} that names the file,
 * on Linux and macOS. Only zeros within the last page that is left, less than 4 KB, go unnoticed. The layer's handler of
 * {@code SIGBUS}, by which this works, hands on what concerns other memory; {@code -Xcheck:jni} remarks on it.
 */
public final class MappedFile implements AutoCloseable {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Path path;
    private final long size;
    private final Handle handle;
    private final Cleaner.Cleanable cleanable;

    private MappedFile(Path path, long size, Handle handle) {
        this.path = path;
        this.size = size;
        this.handle = handle;
        this.cleanable = CLEANER.register(this, handle::close);
    }

    /**
     * Maps a regular file.
     *
     * @throws TorchException if it cannot be opened; the message names the file and the reason
     */
    public static MappedFile open(Path path) {
        // Opening a pipe would wait for its writer, and some devices have a length.
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new TorchException("cannot map " + path + ": it is not a regular file");
        }
        try (Call call = Call.begin()) {
            var length = call.room(Long.BYTES);
            call.check(MmTorch.mmt_mapping_open(
                    call.text(path.toAbsolutePath().toString()), call.out(), length, call.error()));
            Handle handle = new Handle("mapped file", call.outLong(), MmTorch::mmt_mapping_free);
            return new MappedFile(path, length.get(ValueLayout.JAVA_LONG, 0), handle);
        }
    }

    /** Returns the file. */
    public Path path() {
        return path;
    }

    /** Returns the file's length in bytes when it was mapped. */
    public long size() {
        return size;
    }

    /**
     * Checks that the file still has the length that it had when it was mapped. A file that was deleted or replaced by
     * another name change keeps its pages.
     *
     * @throws TorchException if it is shorter, so that reading its end would end the process
     */
    public void requireWhole() {
        long now;
        try {
            now = Files.size(path);
        } catch (IOException _) {
            return;
        }
        if (now < size) {
            throw new TorchException(path + " was cut from " + size + " bytes to " + now
                    + " since it was mapped; open it anew, or read it into memory instead of mapping it");
        }
    }

    /**
     * Returns a tensor over the bytes from {@code byteOffset} on, row-major.
     *
     * @throws TorchException if the bytes lie outside the file
     */
    public Tensor tensor(long byteOffset, DType dtype, Shape shape) {
        long[] sizes = shape.toArray();
        long[] strides = new long[sizes.length];
        long step = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(sizes[i], 1);
        }
        long byteLength = Math.multiplyExact(shape.elements(), (long) dtype.byteSize());
        return tensor(byteOffset, byteLength, dtype, sizes, strides, 0);
    }

    /**
     * Returns a tensor over a part of the bytes [{@code byteOffset}, {@code byteOffset + byteLength}).
     *
     * @param strides       elements between neighbours, per dimension; not negative
     * @param storageOffset the first element, counted from {@code byteOffset}
     * @throws TorchException if sizes, strides and offset reach outside those bytes, or the bytes outside the file
     */
    public Tensor tensor(
            long byteOffset, long byteLength, DType dtype, long[] sizes, long[] strides, long storageOffset) {
        if (sizes.length != strides.length) {
            throw new IllegalArgumentException(sizes.length + " sizes but " + strides.length + " strides");
        }
        requireWhole();
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_mapping_tensor(
                    call.in(handle),
                    byteOffset,
                    byteLength,
                    dtype.code(),
                    call.longs(sizes),
                    call.longs(strides),
                    sizes.length,
                    storageOffset,
                    call.out(),
                    call.error()));
        }
    }

    /** Gives up this share of the mapping. Closing twice has no effect. */
    @Override
    public void close() {
        cleanable.clean();
    }
}
