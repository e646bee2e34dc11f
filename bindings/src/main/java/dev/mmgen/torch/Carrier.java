package dev.mmgen.torch;

import java.time.Duration;

/**
 * A carrier of tensors between the processes of a group: {@link Gloo} for those in main memory, {@link Nccl} for those on GPUs. It checks what it
 * needs on this side only; that all processes make the same calls is up to {@link dev.mmgen.torch.distributed.ProcessGroup}, which
 * programs use.
 */
public interface Carrier extends AutoCloseable {

    /** Begins to replace a tensor's elements by their sums over all processes, or by the largest. */
    Exchange allReduce(Tensor tensor, boolean largest);

    /** Begins to replace a tensor's elements by those of one process. */
    Exchange broadcast(Tensor tensor, int root);

    /** Begins to gather shares {@code [n]} of all processes into {@code whole}, {@code [size * n]}. */
    Exchange allGather(Tensor whole, Tensor share);

    /** Gives up what is under way, where it would wait for others for ever; only to be closed then. Any thread may call this. */
    default void abort() {}

    /** Disconnects, after the exchanges under way. */
    @Override
    void close();

    /** An exchange under way. It keeps the memory of its tensors. */
    interface Exchange extends AutoCloseable {

        /**
         * Waits for the end.
         *
         * @return false where it has not come in time, or this thread is interrupted
         * @throws TorchException with the carrier's reason if the exchange has failed
         */
        boolean await(Duration timeout);

        /** Leaves the exchange, which goes on to its end. */
        @Override
        void close();
    }
}
