package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** A reader of the bytes of tensors of any size and device, piece by piece through one buffer of 16 MB. */
final class TensorBytes {

    private static final int BUFFER_BYTES = 16 << 20;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** Returns the size of a tensor's elements in bytes. */
    static long count(Tensor tensor) {
        return Math.multiplyExact(
                tensor.shape().elements(), (long) tensor.dtype().byteSize());
    }

    /** The receiver of a tensor's bytes. */
    interface Sink<E extends Exception> {

        /** Takes the next bytes, all of them; the buffer is used again. */
        void accept(ByteBuffer piece) throws E;
    }

    /** Appends the tensor's elements in row-major order to a file. */
    void write(Tensor tensor, WritableByteChannel channel) throws IOException {
        this.<IOException>read(tensor, piece -> AtomicFile.writeFully(channel, piece));
    }

    /** Passes on the tensor's elements in its own type and row-major order. */
    <E extends Exception> void read(Tensor tensor, Sink<E> sink) throws E {
        long elements = tensor.shape().elements();
        long step = BUFFER_BYTES / tensor.dtype().byteSize();
        try (TensorScope _ = TensorScope.open()) {
            Tensor flat = tensor.contiguous().reshape(-1);
            for (long start = 0; start < elements; start += step) {
                try (Tensor piece = flat.slice(0, start, Math.min(elements, start + step))) {
                    buffer.clear();
                    piece.copyTo(buffer);
                    sink.accept(buffer.flip());
                }
            }
        }
    }
}
