package dev.mmgen.train;

import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The {@linkplain GradientSum sum of gradients} over all ranks while the backward pass goes on: on a thread of its own, bucket by bucket
 * as gradients are complete. Until the end of {@link #finish} nothing else uses the group.
 */
final class GradientExchange implements AutoCloseable {

    private static final long BUCKET_ELEMENTS = TensorBuckets.BYTES / Float.BYTES;

    private final GradientSum sum;
    private final ExecutorService thread;
    private final List<CompletableFuture<Void>> started = new ArrayList<>();
    private List<Parameter> next = new ArrayList<>();
    private long elements;

    GradientExchange(ProcessGroup group) {
        this.sum = new GradientSum(group);
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("gradient-exchange").factory());
    }

    /** Takes parameters whose gradients are complete; on all ranks the same ones in the same order. */
    void add(List<Parameter> complete) {
        for (Parameter parameter : complete) {
            if (!parameter.value().requiresGrad()) {
                continue;
            }
            next.add(parameter);
            elements += parameter.shape().elements();
            if (elements >= BUCKET_ELEMENTS) {
                start();
            }
        }
    }

    private void start() {
        List<Parameter> bucket = next;
        started.add(CompletableFuture.runAsync(() -> sum.of(bucket), thread));
        next = new ArrayList<>();
        elements = 0;
    }

    /**
     * Exchanges the rest, and waits for the end.
     *
     * @throws dev.mmgen.torch.distributed.ProcessGroupException if a rank has ended
     */
    void finish() {
        if (!next.isEmpty()) {
            start();
        }
        try {
            started.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Ends the thread; an exchange that is not finished is given up, and the group with it. */
    @Override
    public void close() {
        thread.shutdownNow();
        boolean interrupted = false;
        while (!thread.isTerminated()) {
            try {
                thread.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
