package dev.mmgen.torch;

import dev.mmgen.torch.ffi.nccl.NcclLibrary;
import dev.mmgen.torch.ffi.nccl.ncclConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A rank's connections to all others by one GPU. Exchanges are put on the stream of libtorch that is current, so that what comes after
 * them there sees their results.
 *
 * <p>No function of NCCL is waited in: it is told not to block, and asked from here until it is done, the timeout is over or the watch
 * throws. Each call to it holds this object's lock, so that no thread frees what another one is using.
 */
public final class NcclCommunicator implements Carrier {

    /** The time between two looks at whether the other ranks are still there. */
    private static final long WATCH_NANOS = 500_000_000;

    /** The time between two looks at an exchange: short beside one of a bucket of gradients. */
    private static final long LOOK_NANOS = 50_000;

    /** The time for kernels of an abandoned exchange to end; memory of those that do not is never given back. */
    private static final Duration ABANDONED = Duration.ofSeconds(5);

    private final CudaDevice device;
    private final Device place;
    private final int size;
    private final Duration timeout;
    private final Runnable watch;
    private final Set<NcclExchange> underWay = ConcurrentHashMap.newKeySet();

    /** NCCL's own; null once it is freed. */
    private MemorySegment communicator = MemorySegment.NULL;

    /**
     * Connects, which takes all ranks.
     *
     * @param place   the device, {@link Nccl#release} having found NCCL
     * @param id      of {@link Nccl#newId}, the same in all ranks
     * @param timeout of connecting, and of every exchange later
     * @param watch   is run now and then while this waits, and throws a {@link TorchException} where that is of no use: a rank has
     *                ended, or this thread is interrupted
     */
    public NcclCommunicator(Device place, String id, int rank, int size, Duration timeout, Runnable watch) {
        this.place = place;
        this.device = new CudaDevice(Math.max(place.index(), 0));
        this.size = size;
        this.timeout = timeout;
        this.watch = watch;
        try {
            settle("connecting", connect(id, rank), new Waiting());
        } catch (Throwable e) {
            abort();
            throw e;
        }
    }

    private synchronized int connect(String id, int rank) {
        try (Arena arena = Arena.ofConfined();
                CudaDevice.Guard _ = device.enter()) {
            MemorySegment config = ncclConfig.allocate(arena);
            ncclConfig.size(config, ncclConfig.sizeof());
            ncclConfig.magic(config, NcclLibrary.NCCL_CONFIG_MAGIC());
            ncclConfig.version(config, NcclLibrary.NCCL_CONFIG_VERSION());
            ncclConfig.blocking(config, 0);
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            int result = NcclLibrary.ncclCommInitRankConfig(out, size, Nccl.id(id, arena), rank, config);
            communicator = out.get(ValueLayout.ADDRESS, 0);
            return result;
        }
    }

    /** Returns the device whose tensors this carries. */
    public Device device() {
        return place;
    }

    @Override
    public Exchange allReduce(Tensor tensor, boolean largest) {
        int reduction = largest ? NcclLibrary.NCCL_MAX() : NcclLibrary.NCCL_SUM();
        return inPlace(
                "all-reduce",
                tensor,
                (at, type, stream) ->
                        NcclLibrary.ncclAllReduce(at, at, tensor.elements(), type, reduction, communicator, stream));
    }

    @Override
    public Exchange broadcast(Tensor tensor, int root) {
        if (root < 0 || root >= size) {
            throw new IllegalArgumentException(
                    "rank " + root + " of " + size + " cannot broadcast; ranks count from 0");
        }
        return inPlace(
                "broadcast",
                tensor,
                (at, type, stream) ->
                        NcclLibrary.ncclBroadcast(at, at, tensor.elements(), type, root, communicator, stream));
    }

    @Override
    public Exchange allGather(Tensor whole, Tensor share) {
        if (whole.dtype() != share.dtype() || whole.elements() != share.elements() * size) {
            throw new IllegalArgumentException("shares of " + share.dtype().torchName() + share.shape() + " of " + size
                    + " ranks do not make " + whole.dtype().torchName() + whole.shape());
        }
        List<Handle> kept = keep(whole, share);
        return start(
                "all-gather",
                kept,
                stream -> NcclLibrary.ncclAllGather(
                        device.address(kept.getLast(), bytes(share), false),
                        device.address(kept.getFirst(), bytes(whole), true),
                        share.elements(),
                        Nccl.number(share.dtype()),
                        communicator,
                        stream));
    }

    private static List<Handle> keep(Tensor... tensors) {
        List<Handle> kept = new ArrayList<>();
        try {
            for (Tensor tensor : tensors) {
                kept.add(CudaDevice.keep(tensor));
            }
            return kept;
        } catch (RuntimeException e) {
            kept.forEach(Handle::close);
            throw e;
        }
    }

    private interface InPlace {
        int call(MemorySegment address, int type, MemorySegment stream);
    }

    private interface OnStream {
        int call(MemorySegment stream);
    }

    private Exchange inPlace(String what, Tensor tensor, InPlace function) {
        int type = Nccl.number(tensor.dtype());
        List<Handle> kept = keep(tensor);
        return start(
                what,
                kept,
                stream -> function.call(device.address(kept.getFirst(), bytes(tensor), true), type, stream));
    }

    private static long bytes(Tensor tensor) {
        return tensor.elements() * tensor.dtype().byteSize();
    }

    private Exchange start(String what, List<Handle> kept, OnStream function) {
        try (CudaDevice.Guard _ = device.enter()) {
            MemorySegment stream = device.stream();
            var waiting = new Waiting();
            settle(what, call(what, () -> function.call(stream)), waiting);
            var exchange = new NcclExchange(this, what, CudaDevice.eventBehind(stream), kept, waiting);
            underWay.add(exchange);
            return exchange;
        } catch (Throwable e) {
            // Nothing that NCCL may have begun goes on.
            abort();
            kept.forEach(Handle::close);
            throw e;
        }
    }

    private interface Function {
        int call();
    }

    private synchronized int call(String what, Function function) {
        if (communicator.address() == 0) {
            throw new TorchException("NCCL: " + what + ": the connections of " + place + " are closed");
        }
        return function.call();
    }

    /** Returns the state of what NCCL does in the background. */
    private int state(String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ValueLayout.JAVA_INT);
            int result = call(what, () -> NcclLibrary.ncclCommGetAsyncError(communicator, state));
            return result == NcclLibrary.NCCL_SUCCESS() ? state.get(ValueLayout.JAVA_INT, 0) : result;
        }
    }

    private void settle(String what, int result, Waiting waiting) {
        int state = result;
        while (state == NcclLibrary.NCCL_IN_PROGRESS()) {
            waiting.pause(what);
            state = state(what);
        }
        requireSuccess(what, state);
    }

    private static void requireSuccess(String what, int result) {
        if (result != NcclLibrary.NCCL_SUCCESS()) {
            throw Nccl.failure(what, result);
        }
    }

    /** Throws where what NCCL does in the background has failed, or was given up. */
    void requireSound(String what) {
        requireSuccess(what, state(what));
    }

    void forget(NcclExchange exchange) {
        underWay.remove(exchange);
    }

    /** A wait for other ranks, with its end. */
    final class Waiting {
        private final long deadline = System.nanoTime() + timeout.toNanos();
        private long nextWatch = System.nanoTime() + WATCH_NANOS;

        void pause(String what) {
            long now = System.nanoTime();
            if (now - nextWatch > 0 || Thread.currentThread().isInterrupted()) {
                watch.run();
                nextWatch = System.nanoTime() + WATCH_NANOS;
            }
            if (now - deadline > 0) {
                throw new TorchException(
                        "NCCL: " + what + " has not ended within " + timeout.toMillis() / 1_000.0 + " s");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    @Override
    public synchronized void abort() {
        MemorySegment ended = communicator;
        communicator = MemorySegment.NULL;
        if (ended.address() != 0) {
            NcclLibrary.ncclCommAbort(ended);
        }
    }

    @Override
    public void close() {
        try {
            if (isOpen() && allEnd()) {
                settle("leaving", call("leaving", () -> NcclLibrary.ncclCommFinalize(communicator)), new Waiting());
                destroy();
            }
        } catch (TorchException _) {
            // Whoever used the group was told before, or nobody waits for the exchange.
        } finally {
            abort();
            freeAbandoned();
        }
    }

    private synchronized boolean isOpen() {
        return communicator.address() != 0;
    }

    private boolean allEnd() {
        for (NcclExchange exchange : underWay) {
            if (!exchange.await(timeout)) {
                return false;
            }
        }
        return true;
    }

    private synchronized void destroy() {
        MemorySegment ended = communicator;
        communicator = MemorySegment.NULL;
        requireSuccess("leaving", NcclLibrary.ncclCommDestroy(ended));
    }

    private void freeAbandoned() {
        long end = System.nanoTime() + ABANDONED.toNanos();
        while (!underWay.isEmpty() && System.nanoTime() - end < 0) {
            underWay.forEach(NcclExchange::close);
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
