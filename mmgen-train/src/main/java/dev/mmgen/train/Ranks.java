package dev.mmgen.train;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.Collective;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ProcessGroupException;
import dev.mmgen.torch.distributed.ReduceOp;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of a training by several processes: first weights, gradients, reports, failures. In a training by one process
 * nothing is exchanged.
 *
 * <p>Gradients are summed in buckets of about 25 MB, the size of PyTorch's; while one is under way the next is filled. They are not
 * overlapped with the backward pass, which is one call into libtorch and has no place to begin from.
 */
public final class Ranks {

    private static final long BUCKET_BYTES = 25 << 20;

    /** Buckets under way at the same time; each takes its size in memory. */
    private static final int UNDER_WAY = 2;

    /** Steps between two comparisons of the weights, which read all of them: 0.1 s for 130 million bytes. */
    private static final long COMPARED_EVERY = 100;

    private static final long TOLD_EVERY_NANOS = 10_000_000_000L;

    private static final int FINE = 0;
    private static final int NOT_FINITE = 1;
    private static final int FAILED = 2;

    private final @Nullable ProcessGroup group;
    private long compared;
    private long told = System.nanoTime();

    private Ranks(@Nullable ProcessGroup group) {
        this.group = group != null && group.size() == 1 ? null : group;
    }

    /** Returns the ranks of a group; one rank for null. */
    public static Ranks of(@Nullable ProcessGroup group) {
        return new Ranks(group);
    }

    /** Returns the number of this process, from 0. */
    public int rank() {
        return group == null ? 0 : group.rank();
    }

    /** Returns how many processes there are. */
    public int size() {
        return group == null ? 1 : group.size();
    }

    /** Returns true in the process that writes logs and checkpoints. */
    public boolean isFirst() {
        return rank() == 0;
    }

    /** Checks that a text is the same on all ranks, see {@link ProcessGroup#requireSame}. A process on its own is not asked for it. */
    public void requireSame(String what, Supplier<String> value, String remedy) {
        if (group != null) {
            group.requireSame(what, value.get(), remedy);
        }
    }

    /** Returns the text of rank 0. */
    public String first(String own) {
        return group == null ? own : group.allGather(own).getFirst();
    }

    /** Returns true if a flag is set on any rank. */
    public boolean any(boolean own) {
        return group == null ? own : largest(own ? 1 : 0) > 0;
    }

    private long largest(long own) {
        try (Tensor number = Torch.tensor(new long[] {own}, 1)) {
            group().allReduce(number, ReduceOp.MAX);
            return number.itemLong();
        }
    }

    /** Returns the number of rank 0: the last bits of a norm may depend on a processor's vectors and threads. */
    double first(double own) {
        if (group == null) {
            return own;
        }
        try (Tensor number = Torch.tensor(new double[] {own}, 1)) {
            group.broadcast(number, 0);
            return number.item();
        }
    }

    /**
     * Does what one rank alone could fail at. Where one fails, all do, so that none waits for it: with its own exception there, and
     * elsewhere with the reason, a {@link NonFiniteException} for a loss that is not finite.
     *
     * @param step for the message; 1 is the first
     */
    public <T> T allOrNone(long step, Supplier<T> work) {
        if (group == null) {
            return work.get();
        }
        T result = null;
        Throwable failure = null;
        try {
            result = work.get();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        int own = failure == null ? FINE : failure instanceof NonFiniteException ? NOT_FINITE : FAILED;
        long worst = largest(own);
        if (worst == FINE && result != null) {
            return result;
        }
        String reason = failure == null ? "" : String.valueOf(failure.getMessage());
        List<String> reasons = group.allGather(own + reason);
        switch (failure) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw failureElsewhere(step, reasons, worst == NOT_FINITE);
        }
    }

    private static RuntimeException failureElsewhere(long step, List<String> reasons, boolean notFinite) {
        List<String> failures = new ArrayList<>();
        for (int rank = 0; rank < reasons.size(); rank++) {
            String reason = reasons.get(rank);
            if (!reason.startsWith(Integer.toString(FINE))) {
                failures.add("rank " + rank + ": " + reason.substring(1));
            }
        }
        String message = String.join("; ", failures);
        return notFinite
                ? new NonFiniteException(step, message)
                : new ProcessGroupException("step " + step + " failed on other ranks: " + message);
    }

    /** Runs a part of a program; where it fails, the others learn the reason when they next exchange. */
    public <T> T tellingFailure(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            if (group != null && !(e instanceof ProcessGroupException)) {
                group.abort(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /**
     * Waits in all ranks but rank 0 for its {@link #follow}, however long that takes, so that they find what it has written.
     * Meanwhile rank 0 is to {@link #prepare} within every timeout.
     */
    public void awaitFirst() {
        if (group != null && !isFirst()) {
            boolean ready = false;
            while (!ready) {
                ready = largest(0) > 0;
            }
        }
    }

    /** Tells the others, at most every ten seconds, that rank 0 still prepares what they wait for. */
    public void prepare() {
        if (group != null && System.nanoTime() - told > TOLD_EVERY_NANOS) {
            largest(0);
            told = System.nanoTime();
        }
    }

    /** Lets the others go on; in them it does nothing. */
    public void follow() {
        if (group != null && isFirst()) {
            largest(1);
        }
    }

    /** Gives all ranks the weights of rank 0. */
    public void shareWeights(Module model) {
        if (group == null) {
            return;
        }
        List<Tensor> values = new ArrayList<>();
        model.parameters().values().forEach(parameter -> values.add(parameter.value()));
        inBuckets(values, bucket -> group.broadcastAsync(bucket, 0));
    }

    /** Adds the gradients of all ranks, in place; a parameter that has one on some rank has one on all of them afterwards. */
    public void addGradients(Module model) {
        if (group == null) {
            return;
        }
        List<Parameter> trained = new ArrayList<>();
        model.parameters().values().stream()
                .filter(parameter -> parameter.value().requiresGrad())
                .forEach(trained::add);
        try (TensorScope _ = TensorScope.open()) {
            Tensor present = Torch.tensor(
                    trained.stream()
                            .mapToLong(parameter -> parameter.value().grad() == null ? 0 : 1)
                            .toArray(),
                    trained.size());
            group.allReduce(present, ReduceOp.MAX);
            long[] somewhere = present.toLongs();
            List<Tensor> gradients = new ArrayList<>();
            for (int i = 0; i < somewhere.length; i++) {
                if (somewhere[i] != 0) {
                    gradients.add(gradient(trained.get(i).value()));
                }
            }
            inBuckets(gradients, bucket -> group.allReduceAsync(bucket, ReduceOp.SUM));
        }
    }

    private static Tensor gradient(Tensor value) {
        Tensor present = value.grad();
        if (present != null) {
            return present;
        }
        // The way to a gradient of zeros.
        try (GradMode _ = Torch.enableGrad()) {
            value.mul(0).sum().backward();
        }
        Tensor made = value.grad();
        if (made == null) {
            throw new IllegalStateException("a parameter of shape " + value.shape() + " takes no gradient");
        }
        return made;
    }

    /** A bucket and the tensors that it was filled from. */
    private record Bucket(Tensor flat, List<Tensor> tensors, Collective exchange) {

        void finish() {
            exchange.await();
            long begin = 0;
            for (Tensor tensor : tensors) {
                long end = begin + tensor.elements();
                tensor.copy_(flat.slice(0, begin, end).reshape(tensor.shape().toArray()));
                begin = end;
            }
            flat.close();
        }
    }

    private interface Exchanging {
        Collective start(Tensor bucket);
    }

    private static void inBuckets(Collection<Tensor> tensors, Exchanging exchanging) {
        Deque<Bucket> running = new ArrayDeque<>();
        List<Tensor> next = new ArrayList<>();
        long bytes = 0;
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            for (Tensor tensor : tensors) {
                next.add(tensor);
                bytes += tensor.elements() * tensor.dtype().byteSize();
                if (bytes >= BUCKET_BYTES) {
                    start(running, next, exchanging);
                    next = new ArrayList<>();
                    bytes = 0;
                }
            }
            if (!next.isEmpty()) {
                start(running, next, exchanging);
            }
            running.forEach(Bucket::finish);
        }
    }

    private static void start(Deque<Bucket> running, List<Tensor> tensors, Exchanging exchanging) {
        if (running.size() == UNDER_WAY) {
            running.removeFirst().finish();
        }
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> rows = tensors.stream()
                    .map(tensor -> tensor.detach().reshape(tensor.elements()))
                    .toList();
            Tensor flat = scope.keep(Torch.cat(rows, 0).to(Device.CPU));
            running.add(new Bucket(flat, List.copyOf(tensors), exchanging.start(flat)));
        }
    }

    /**
     * Returns the rows of all ranks in the order of the micro-batches, of which rank r has those numbered r, r + size, and so on.
     *
     * @param own as many on all ranks, of one length
     */
    public List<double[]> interleaved(List<double[]> own) {
        if (group == null) {
            return own;
        }
        int width = own.getFirst().length;
        double[] packed = own.stream().flatMapToDouble(Arrays::stream).toArray();
        try (TensorScope _ = TensorScope.open()) {
            double[] all = group.allGather(Torch.tensor(packed, packed.length)).toDoubles();
            List<double[]> rows = new ArrayList<>();
            for (int i = 0; i < own.size(); i++) {
                for (int rank = 0; rank < size(); rank++) {
                    int begin = rank * packed.length + i * width;
                    rows.add(Arrays.copyOfRange(all, begin, begin + width));
                }
            }
            return rows;
        }
    }

    /**
     * Compares weights and EMA of all ranks, after the first step of a run and every hundredth from there.
     *
     * @throws ProcessGroupException that names the rank that differs
     */
    void compare(Module model, Ema ema) {
        if (group != null && compared++ % COMPARED_EVERY == 0) {
            try (StateDict now = model.state();
                    StateDict average = ema.state()) {
                group.requireSame(
                        "the state of the training",
                        "weights " + Long.toHexString(now.checksum()) + ", EMA " + Long.toHexString(average.checksum()),
                        "A rank has other software, other data or faulty memory; restart all from the last checkpoint");
            }
        }
    }

    private ProcessGroup group() {
        if (group == null) {
            throw new IllegalStateException("there is one process only");
        }
        return group;
    }
}
