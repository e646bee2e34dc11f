package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Gloo;
import dev.mmgen.torch.TorchException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The address or file at which processes meet: it opens their store within the timeout, whatever else may be there.
 *
 * @param deadline of {@link System#nanoTime}, after which nobody is waited for
 */
record MeetingPlace(GroupConfig config, long deadline) {

    private static final Duration PAUSE = Duration.ofMillis(10);

    /** The time that libtorch may take beyond the timeout, to say itself why it found nobody. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    /**
     * Opens the store that the ranks share; rank 0 holds it, unless a launcher does.
     *
     * @throws ProcessGroupException if it cannot be there, or does not answer in time
     */
    Gloo.Store open() {
        Path file = config.file();
        try {
            if (file != null) {
                requireUsable(file);
                return inTime(() -> Gloo.Store.file(file, config.size()));
            }
            boolean server = config.rank() == 0 && !config.hosted();
            if (!server) {
                awaitListener();
            }
            return inTime(() -> Gloo.Store.tcp(config.host(), config.port(), server, config.timeout()));
        } catch (TorchException e) {
            String message = String.valueOf(e.getMessage());
            String remedy = message.contains("EADDRINUSE")
                    ? "another program uses the port: end it, or choose another port (MASTER_PORT)"
                    : file == null
                            ? "check the address (MASTER_ADDR) and the port (MASTER_PORT)"
                            : "name a file that no earlier job has used";
            throw new ProcessGroupException(
                    config.self() + " cannot meet the others at " + config.place() + ": " + remedy + ". " + message, e);
        }
    }

    /** libtorch waits for ever for a file that it cannot make. */
    private void requireUsable(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        boolean usable = Files.exists(file)
                ? Files.isRegularFile(file) && Files.isWritable(file)
                : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
        if (!usable) {
            throw new ProcessGroupException(config.self() + " cannot meet the others at " + config.place()
                    + ": name a file in a folder that exists and that all ranks may write");
        }
    }

    /**
     * Opens a store: libtorch waits without end for a listener that never answers, and for a file that holds
     * something else. A store that comes too late is closed.
     */
    private Gloo.Store inTime(Supplier<Gloo.Store> opening) {
        CompletableFuture<Gloo.Store> opened = ask(opening);
        try {
            return opened.get(Math.max(0, deadline - System.nanoTime()) + SLACK.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof TorchException failed
                    ? failed
                    : new IllegalStateException("opening " + config.place(), e.getCause());
        } catch (TimeoutException | InterruptedException e) {
            opened.thenAccept(Gloo.Store::close);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
                throw new ProcessGroupException("interrupted while waiting for other ranks", e);
            }
            throw new ProcessGroupException(
                    config.self() + " got no answer at " + config.place() + " within " + config.seconds()
                            + ": something else than rank 0 is there. Choose another one, for all ranks",
                    e);
        }
    }

    /** Asks a store on a thread of its own: one behind a network that was cut, or that is none, may never answer. */
    static <T> CompletableFuture<T> ask(Supplier<T> question) {
        var answer = new CompletableFuture<T>();
        Thread.ofPlatform().daemon().name("process-group-store").start(() -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** Tries to connect before libtorch does, whose client writes warnings while it waits. */
    private void awaitListener() {
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(config.host(), config.port()), 1_000);
                return;
            } catch (IOException e) {
                requireTime(e);
                pause();
            }
        }
    }

    /** Checks that there is time for another try. */
    void requireTime(Exception cause) {
        if (System.nanoTime() > deadline) {
            throw new ProcessGroupException(
                    config.self() + ": rank 0 did not open " + config.place() + " within " + config.seconds()
                            + " (" + cause.getMessage()
                            + "); start all ranks, with the same MASTER_ADDR and MASTER_PORT, and let a"
                            + " firewall between the machines pass the port",
                    cause);
        }
    }

    /** Waits for what other ranks do. */
    static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProcessGroupException("interrupted while waiting for other ranks", e);
        }
    }
}
