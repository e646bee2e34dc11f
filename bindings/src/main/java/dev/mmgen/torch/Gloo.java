package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The functions of Gloo inside libtorch, one method each, with what they need checked on this side only: that all processes make
 * the same calls is up to {@link dev.mmgen.torch.distributed.ProcessGroup}, which programs use. libtorch offers Gloo only as C++,
 * so it works in the releases where its layout is known: 2.13.
 */
public final class Gloo {

    private Gloo() {}

    /**
     * Checks that this libtorch can make groups of processes.
     *
     * @throws TorchException with the reason if it cannot
     */
    public static void requireAvailable() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_gloo_check(call.error()));
        }
    }

    /** Keys and values by which processes find each other. */
    public static final class Store implements AutoCloseable {

        private final Handle handle;

        private Store(long address) {
            handle = new Handle("store", address, MmTorch::mmt_store_free);
        }

        /**
         * A store over TCP.
         *
         * @param server true in the one process that keeps the values, false to connect to it
         * @param timeout of connecting and of every question
         * @throws TorchException if the port is in use or nobody listens there
         */
        public static Store tcp(String host, int port, boolean server, Duration timeout) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_tcp_store_new(
                        call.text(host), port, server ? 1 : 0, timeout.toMillis(), call.out(), call.error()));
                return new Store(call.outLong());
            }
        }

        /** A store in a file that {@code size} processes see; the last one deletes it. */
        public static Store file(Path file, int size) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_file_store_new(
                        call.text(file.toAbsolutePath().toString()), size, call.out(), call.error()));
                return new Store(call.outLong());
            }
        }

        /** Sets a value. */
        public void set(String key, String value) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_store_set(call.in(handle), call.text(key), call.text(value), call.error()));
            }
        }

        /** Returns a value; null where there is none yet. Does not wait. */
        public @Nullable String get(String key) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_store_get(call.in(handle), call.text(key), call.out(), call.error()));
                return call.outText();
            }
        }

        /** Adds to a whole number that begins at 0, in one step for all processes, and returns the sum. */
        public long add(String key, long amount) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_store_add(call.in(handle), call.text(key), amount, call.out(), call.error()));
                return call.outLong();
            }
        }

        /** Leaves the store; after all groups that were made with it. */
        @Override
        public void close() {
            handle.close();
        }
    }

    /** The connections of this process to all others. */
    public static final class Connections implements Carrier {

        private interface Starting {
            int start(Call call);
        }

        private final Handle handle;

        /**
         * Connects, which takes all processes.
         *
         * @param prefix  of keys in the store, the same in all processes of this group and in no other's
         * @param timeout of connecting, and of every exchange later
         */
        public Connections(Store store, String prefix, int rank, int size, Duration timeout) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_group_new(
                        call.in(store.handle),
                        call.text(prefix),
                        rank,
                        size,
                        timeout.toMillis(),
                        call.out(),
                        call.error()));
                handle = new Handle("process group", call.outLong(), MmTorch::mmt_group_free);
            }
        }

        @Override
        public Exchange allReduce(Tensor tensor, boolean largest) {
            int operation = largest ? MmTorch.MMT_MAX() : MmTorch.MMT_SUM();
            return start(call -> MmTorch.mmt_group_all_reduce(
                    call.in(handle), call.in(tensor), operation, call.out(), call.error()));
        }

        @Override
        public Exchange broadcast(Tensor tensor, int root) {
            return start(call ->
                    MmTorch.mmt_group_broadcast(call.in(handle), call.in(tensor), root, call.out(), call.error()));
        }

        @Override
        public Exchange allGather(Tensor whole, Tensor share) {
            return start(call -> MmTorch.mmt_group_all_gather(
                    call.in(handle), call.in(whole), call.in(share), call.out(), call.error()));
        }

        private static Exchange start(Starting starting) {
            try (Call call = Call.begin()) {
                call.check(starting.start(call));
                return new GlooExchange(new Handle("exchange", call.outLong(), MmTorch::mmt_work_free));
            }
        }

        @Override
        public void close() {
            handle.close();
        }
    }

    /** An exchange under way, on threads of Gloo's own. */
    private static final class GlooExchange implements Carrier.Exchange {

        private final Handle handle;

        GlooExchange(Handle handle) {
            this.handle = handle;
        }

        @Override
        public boolean await(Duration timeout) {
            try (Call call = Call.begin()) {
                var done = call.room(Integer.BYTES);
                call.check(MmTorch.mmt_work_wait(call.in(handle), timeout.toMillis(), done, call.error()));
                return done.get(ValueLayout.JAVA_INT, 0) != 0;
            }
        }

        @Override
        public void close() {
            handle.close();
        }
    }
}
