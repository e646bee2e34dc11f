package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Carrier;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Gloo;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * This process among others that work on the same thing. All ranks make the same calls in the same order, with tensors of the same
 * type and shape, in main memory or on GPUs: that is checked before each exchange, which costs 16 bytes each way.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="process-group"}
 *
 * <p>Tensors are row-major, of float32, float64, bfloat16, float16 or int64. Those in main memory are carried by Gloo, a sum of them is
 * added in the same order in every run and is the same to the bit on all ranks. Those on GPUs are carried by NCCL, which comes with a
 * libtorch for CUDA: every rank has a GPU of its own ({@link GroupConfig#gpu}), the ranks connect at the first tensor there, and an
 * exchange comes behind what the thread's stream was given before it. NCCL is implemented and was tested with a library that stands in
 * for it; it has not yet been run on a GPU.
 *
 * <p>One thread at a time uses a group. A rank that ends, hangs for longer than the timeout or calls something else is a
 * {@link ProcessGroupException} in all others that names it; the group is broken then and only to be closed. Where ranks cannot connect
 * by their GPUs since NCCL is missing, old or another one, that is a {@link ProcessGroupException} in all ranks, and the group goes on in
 * main memory. A process may have several groups, at addresses of their own.
 */
public final class ProcessGroup implements AutoCloseable {

    private static final Set<DType> EXCHANGED =
            EnumSet.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16, DType.INT64);

    private static final String CLOSED = "it is closed";

    /** The places in the sources of libtorch that its messages begin with and go on to tell. */
    private static final Pattern PLACES =
            Pattern.compile("\\[[^\\]\\s]*/[^\\]\\s]*:\\d+\\] |\\s*(GLHF|Exception raised from).*", Pattern.DOTALL);

    private final GroupConfig config;
    private final Rendezvous rendezvous;
    private final LastWords lastWords;
    private final Carrier connections;
    private final NcclCarrier gpus;
    private final Predicate<Device> onGpu;
    private final Agreement agreement;
    private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();
    private final Set<Collective> running = ConcurrentHashMap.newKeySet();

    /** Why there is nothing more to exchange; null while there is. */
    private volatile @Nullable String end;

    private ProcessGroup(GroupConfig config, Rendezvous rendezvous, Carrier connections, Predicate<Device> onGpu) {
        this.config = config;
        this.rendezvous = rendezvous;
        this.connections = connections;
        this.onGpu = onGpu;
        this.agreement = new Agreement(this, connections);
        this.lastWords = new LastWords(config, rendezvous);
        this.gpus = new NcclCarrier(this, connections, config, lastWords);
    }

    /**
     * Opens the group that a launcher has started this process for.
     *
     * @return empty where none has
     * @throws IllegalArgumentException if the launcher's variables are faulty, see {@link GroupConfig#fromEnvironment}
     * @throws ProcessGroupException as {@link #open(GroupConfig)}
     */
    public static Optional<ProcessGroup> open() {
        return GroupConfig.fromEnvironment().map(ProcessGroup::open);
    }

    /**
     * Opens a group once all its processes are there, and tries it out with sums that are known.
     *
     * @throws ProcessGroupException if ranks are missing when the timeout is over, the port is in use, two jobs meet, releases
     *     differ, or this libtorch cannot make groups
     */
    public static ProcessGroup open(GroupConfig config) {
        return open(config, device -> device.type() == Device.Type.CUDA);
    }

    /** Opens a group that takes certain devices for GPUs: tests keep the memory of theirs in the computer's. */
    static ProcessGroup open(GroupConfig config, Predicate<Device> onGpu) {
        try {
            Gloo.requireAvailable();
        } catch (TorchException e) {
            throw new ProcessGroupException(String.valueOf(e.getMessage()), e);
        }
        Rendezvous rendezvous = Rendezvous.meet(config);
        ProcessGroup group;
        try {
            group = new ProcessGroup(config, rendezvous, rendezvous.connect(), onGpu);
        } catch (TorchException e) {
            rendezvous.close();
            throw new ProcessGroupException(
                    "rank " + config.rank() + " of " + config.size()
                            + " cannot connect to the others (GLOO_SOCKET_IFNAME chooses the network interface): "
                            + e.getMessage(),
                    e);
        }
        try {
            new SelfTest(
                            group,
                            group.connections,
                            Device.CPU,
                            "no process groups with this libtorch: its ",
                            "; use the libtorch of the Maven dependency")
                    .run();
            return group;
        } catch (Throwable e) {
            group.close();
            throw e;
        }
    }

    /** Returns the number of this process, from 0. */
    public int rank() {
        return config.rank();
    }

    /** Returns the world size: how many processes there are. */
    public int size() {
        return config.size();
    }

    /** Returns true in rank 0, which writes what is written once. */
    public boolean isFirst() {
        return rank() == 0;
    }

    /**
     * Replaces a tensor's elements by their sum, mean or maximum over all ranks.
     *
     * @throws ProcessGroupException    if a rank has ended, differs or lets the others wait too long
     * @throws IllegalArgumentException if the tensor cannot be exchanged
     */
    public void allReduce(Tensor tensor, ReduceOp reduction) {
        allReduceAsync(tensor, reduction).await();
    }

    /** Begins an {@link #allReduce}. The tensor is not to be touched until the handle's {@link Collective#await} is over. */
    public Collective allReduceAsync(Tensor tensor, ReduceOp reduction) {
        boolean mean = reduction == ReduceOp.MEAN;
        if (mean && tensor.dtype() == DType.INT64) {
            throw new IllegalArgumentException("a mean of int64 is no int64; sum it, or convert it to float64");
        }
        String what = "all-reduce (" + reduction + ") of " + form(tensor);
        Runnable after = mean ? () -> divide(tensor) : () -> {};
        return begin(what, tensor, after, by -> by.allReduce(tensor, reduction == ReduceOp.MAX));
    }

    /** Replaces a tensor's elements by those of one rank. */
    public void broadcast(Tensor tensor, int root) {
        broadcastAsync(tensor, root).await();
    }

    /** Begins a {@link #broadcast}. */
    public Collective broadcastAsync(Tensor tensor, int root) {
        if (root < 0 || root >= size()) {
            throw new IllegalArgumentException(
                    "rank " + root + " of " + size() + " cannot broadcast; ranks count from 0");
        }
        String what = "broadcast from rank " + root + " of " + form(tensor);
        return begin(what, tensor, () -> {}, by -> by.broadcast(tensor, root));
    }

    /** Returns the tensors {@code [...]} of all ranks, in their order, as one {@code [size, ...]}. */
    public Tensor allGather(Tensor share) {
        long[] sizes = new long[share.rank() + 1];
        sizes[0] = size();
        System.arraycopy(share.shape().toArray(), 0, sizes, 1, share.rank());
        Tensor whole = Torch.empty(share.dtype(), share.device(), Shape.of(sizes));
        try (TensorScope _ = TensorScope.open()) {
            Tensor flat = share.detach().reshape(share.elements());
            Tensor target = whole.reshape(whole.elements());
            begin("all-gather of " + form(share), share, () -> {}, by -> by.allGather(target, flat))
                    .await();
            return whole;
        } catch (Throwable e) {
            whole.close();
            throw e;
        }
    }

    /** Returns the texts of all ranks, in their order. */
    public List<String> allGather(String text) {
        return exclusively(() -> {
            agreement.require("all-gather of texts");
            return new TextGathering(this, connections).gather("all-gather of texts", text);
        });
    }

    /** Waits until all ranks are here. */
    public void barrier() {
        exclusively(() -> {
            agreement.require("barrier");
            return this;
        });
    }

    /**
     * Checks that a value is the same on all ranks.
     *
     * @param what   it is, for the message, such as {@code the index of the data}
     * @param remedy what to do where it is not
     * @throws ProcessGroupException in all ranks if it differs, with the ranks that stand against most others
     */
    public void requireSame(String what, String value, String remedy) {
        new Comparison(what, allGather(value), this::nameOf).require(remedy);
    }

    /**
     * Tells the others that this rank ends, so that their exceptions hold the reason. To be called before {@link #close} where
     * something else than the group has failed; does nothing once the group is closed or broken.
     */
    public void abort(String reason) {
        if (end == null) {
            end = "rank " + rank() + " has ended: " + reason;
            lastWords.tellEnd(reason);
            gpus.abort();
        }
    }

    private Collective begin(String what, Tensor tensor, Runnable after, Function<Carrier, Carrier.Exchange> start) {
        if (!tensor.isContiguous()) {
            throw new IllegalArgumentException(what + ": only row-major tensors are exchanged; make a contiguous copy");
        }
        if (!EXCHANGED.contains(tensor.dtype())) {
            throw new IllegalArgumentException(what + ": tensors of this type are not exchanged, only those of "
                    + EXCHANGED.stream().map(DType::torchName).sorted().collect(Collectors.joining(", "))
                    + "; convert it");
        }
        return exclusively(() -> {
            agreement.require(what);
            if (tensor.elements() == 0) {
                return new Collective(this, what, null, () -> {});
            }
            Carrier carrier = onGpu.test(tensor.device()) ? gpus.connected(tensor.device()) : connections;
            Collective collective = new Collective(this, what, started(what, () -> start.apply(carrier)), after);
            running.add(collective);
            return collective;
        });
    }

    /** Returns a rank with its machine and process, for messages. */
    String nameOf(int rank) {
        return rendezvous.nameOf(rank);
    }

    void forget(Collective collective) {
        running.remove(collective);
    }

    /** Makes an exchange that is part of a call. */
    void run(String what, Supplier<Carrier.Exchange> start) {
        new Collective(this, what, started(what, start), () -> {}).await();
    }

    /** Begins something that takes the other ranks; where it fails the group is broken. */
    <T> T started(String what, Supplier<T> start) {
        try {
            return start.get();
        } catch (TorchException e) {
            throw broken(what, e);
        }
    }

    /** Marks the group as broken by ranks that call different things. */
    ProcessGroupException differing(List<String> calls) {
        List<String> named = new ArrayList<>();
        for (int rank = 0; rank < size(); rank++) {
            named.add(nameOf(rank) + ": " + calls.get(rank));
        }
        String message = "the ranks call different things: " + String.join("; ", named)
                + ". All ranks must make the same calls in the same order, with tensors of the same type and shape";
        end = message;
        return new ProcessGroupException(message);
    }

    private <T> T exclusively(Supplier<T> exchange) {
        Thread thread = Thread.currentThread();
        Thread other = user.compareAndExchange(null, thread);
        if (other != null) {
            throw new IllegalStateException(
                    "rank " + rank() + ": thread '" + other.getName()
                            + "' is exchanging data; one thread at a time uses a process group, or ranks would mix up their calls");
        }
        try {
            if (end != null) {
                throw new IllegalStateException("rank " + rank() + ": the process group is of no more use: " + end);
            }
            return exchange.get();
        } finally {
            user.set(null);
        }
    }

    /** Marks the group as broken, and finds out by whom. */
    ProcessGroupException broken(String what, Throwable cause) {
        gpus.abort();
        if (CLOSED.equals(end)) {
            return new ProcessGroupException(
                    "rank " + rank() + " of " + size() + ": " + what
                            + " failed: this process closed the group meanwhile",
                    cause);
        }
        String message = "rank " + rank() + " of " + size() + ": " + what + " failed: " + lastWords.faults()
                + ". Restart all processes; a training goes on from its last checkpoint. ("
                + PLACES.matcher(String.valueOf(cause.getMessage())).replaceAll("") + ")";
        end = message;
        return new ProcessGroupException(message, cause);
    }

    private void divide(Tensor tensor) {
        try (TensorScope _ = TensorScope.open();
                var _ = Torch.noGrad()) {
            tensor.copy_(tensor.div(size()));
        }
    }

    private String form(Tensor tensor) {
        String form = tensor.dtype().torchName() + tensor.shape();
        return onGpu.test(tensor.device()) ? form + " on " + gpus.nameOf(tensor.device()) : form;
    }

    /**
     * Leaves the group, after the exchanges under way; those that were not awaited can no longer be. The others learn of it when they
     * next exchange. Closing twice has no effect.
     */
    @Override
    public void close() {
        String before = end;
        if (CLOSED.equals(before)) {
            return;
        }
        end = CLOSED;
        // Where this rank has failed, connections that close are what the others notice, and then ask why.
        boolean failed = before != null;
        try {
            if (failed) {
                disconnect();
            }
            lastWords.leave(failed);
        } finally {
            if (!failed) {
                disconnect();
            }
            rendezvous.close();
        }
    }

    private void disconnect() {
        running.forEach(Collective::leave);
        gpus.close();
        connections.close();
    }
}
