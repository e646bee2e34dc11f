package dev.mmgen.train;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ReduceOp;
import dev.mmgen.torch.nn.Module;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a training as one of them sees them: which it is, and what they tell each other. In a training by one process
 * nothing is exchanged.
 */
public final class Ranks {

    private final @Nullable ProcessGroup group;

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

    /** Returns the group of more than one process; null where there is but this one. */
    @Nullable
    ProcessGroup group() {
        return group;
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

    /** Returns the texts of all ranks, in their order. */
    List<String> all(String own) {
        return group == null ? List.of(own) : group.allGather(own);
    }

    /** Returns true if a flag is set on any rank. */
    public boolean any(boolean own) {
        return largest(own ? 1 : 0) > 0;
    }

    /** Returns the largest of all ranks' numbers. */
    long largest(long own) {
        if (group == null) {
            return own;
        }
        try (Tensor number = Torch.tensor(new long[] {own}, 1)) {
            group.allReduce(number, ReduceOp.MAX);
            return number.itemLong();
        }
    }

    /** Gives all ranks the weights of rank 0. */
    public void shareWeights(Module model) {
        ProcessGroup others = group;
        if (others == null) {
            return;
        }
        List<Tensor> values = new ArrayList<>();
        model.parameters().values().forEach(parameter -> values.add(parameter.value()));
        new TensorBuckets(bucket -> others.broadcastAsync(bucket, 0)).exchange(values);
    }

    /** Adds the gradients of all ranks, in place; a parameter that has one on some rank has one on all of them afterwards. */
    public void addGradients(Module model) {
        if (group != null) {
            new GradientSum(group).of(model.parameters().values());
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
}
