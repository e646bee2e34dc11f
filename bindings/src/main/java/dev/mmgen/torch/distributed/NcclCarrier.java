package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Carrier;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Nccl;
import dev.mmgen.torch.NcclCommunicator;
import dev.mmgen.torch.TorchException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The connections of a group's ranks by their GPUs. They are made at the first tensor of a device, once all ranks have told over the
 * connections in main memory that they have the same NCCL, so that what is missing in one rank is an exception in all.
 */
final class NcclCarrier implements AutoCloseable {

    /** The beginning of an answer that tells why a rank cannot. */
    private static final String FAULT = "!";

    private final ProcessGroup group;
    private final Carrier mainMemory;
    private final GroupConfig config;
    private final LastWords lastWords;

    /** In the order of their first use, which is the same in all ranks. */
    private final List<NcclCommunicator> communicators = new CopyOnWriteArrayList<>();

    /** Set when another thread may not have seen connections that were being made. */
    private volatile boolean closed;

    NcclCarrier(ProcessGroup group, Carrier mainMemory, GroupConfig config, LastWords lastWords) {
        this.group = group;
        this.mainMemory = mainMemory;
        this.config = config;
        this.lastWords = lastWords;
    }

    /** Returns what a rank calls a device where all ranks must agree: their numbers differ, the order in which they are used does not. */
    String nameOf(Device device) {
        int number = 1;
        for (NcclCommunicator communicator : communicators) {
            if (communicator.device().equals(device)) {
                break;
            }
            number++;
        }
        return "GPU " + number + " of the rank";
    }

    /** Returns the connections by a device; all ranks call this at the same time. */
    Carrier connected(Device device) {
        for (NcclCommunicator communicator : communicators) {
            if (communicator.device().equals(device)) {
                return communicator;
            }
        }
        String what = "connecting by " + device;
        String id = agreedId(what);
        NcclCommunicator made = group.started(
                what,
                () -> new NcclCommunicator(
                        device, id, config.rank(), config.size(), config.timeout(), this::requireOthers));
        communicators.add(made);
        if (closed) {
            made.close();
            throw new IllegalStateException(what + ": the process group was closed meanwhile");
        }
        new SelfTest(group, made, device, "NCCL does not work by " + device + ": its ", "; update NCCL or the driver")
                .run();
        return made;
    }

    /** Returns the identifier that rank 0 has made, if all ranks can connect. */
    private String agreedId(String what) {
        List<String> answers = new TextGathering(group, mainMemory).gather(what, answer());
        List<String> faults = new ArrayList<>();
        String release = answers.getFirst().split(" ", -1)[0];
        for (int rank = 0; rank < answers.size(); rank++) {
            String answer = answers.get(rank);
            if (answer.startsWith(FAULT)) {
                faults.add(group.nameOf(rank) + ": " + answer.substring(FAULT.length()));
            } else if (!release.startsWith(FAULT) && !answer.split(" ", -1)[0].equals(release)) {
                faults.add(group.nameOf(rank) + " has NCCL " + answer + ", rank 0 has " + release
                        + "; use the same release in all processes");
            }
        }
        if (!faults.isEmpty()) {
            throw new ProcessGroupException("rank " + config.rank() + " of " + config.size()
                    + " cannot exchange tensors on GPUs: " + String.join("; ", faults));
        }
        return answers.getFirst().split(" ", -1)[1];
    }

    private String answer() {
        try {
            String release = Nccl.release();
            return config.rank() == 0 ? release + " " + Nccl.newId() : release;
        } catch (TorchException e) {
            return FAULT + e.getMessage();
        }
    }

    /** NCCL itself does not notice a process of the same machine that ends: its kernels wait for ever. */
    private void requireOthers() {
        if (Thread.currentThread().isInterrupted()) {
            throw new TorchException("interrupted");
        }
        String lost = lastWords.lost();
        if (lost == null || !lost.isEmpty()) {
            throw new TorchException(lost == null ? "rank 0 does not answer" : lost);
        }
    }

    /** Gives up exchanges under way. */
    void abort() {
        communicators.forEach(NcclCommunicator::abort);
    }

    @Override
    public void close() {
        closed = true;
        communicators.forEach(NcclCommunicator::close);
    }
}
