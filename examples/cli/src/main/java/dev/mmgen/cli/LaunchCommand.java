package dev.mmgen.cli;

import dev.mmgen.cli.console.ExitHook;
import dev.mmgen.cli.console.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mmgen launch}: a starter of several processes on this machine, with the variables that torchrun sets. */
@Command(
        name = "launch",
        description = {
            "Runs a command in several processes of this machine that share its work: mmgen launch --processes 2 -- train"
                    + " --index train.jsonl ... Each has its part of the processors. What generate, condition, understand,"
                    + " prepare latents, prepare features and evaluate write is that of one process with as many --threads as"
                    + " each has; what train, finetune, distill and train-vae write is that of one process with"
                    + " --gradient-accumulation times the number of processes. Other commands are refused.",
            "On several machines 'torchrun --no-python mmgen train ...', mpirun or srun start the processes instead. If one"
                    + " fails the others end, with its reason; run the same words again to go on, and those that draw with"
                    + " --force. Ranks wait for each other for 10 minutes, or as many seconds as the environment variable"
                    + " MMGEN_GROUP_TIMEOUT says; GLOO_SOCKET_IFNAME names the network interface."
        },
        mixinStandardHelpOptions = true)
final class LaunchCommand implements Callable<Integer> {

    /** The time in which the others notice that one has failed, and say so, before they are ended. */
    private static final long GRACE_SECONDS = 30;

    /** The time in which those that are told to end do, somewhat more than a training takes at most. */
    private static final long ENDING_SECONDS = 75;

    /** Exit codes above it are of processes that a signal has ended. */
    private static final int SIGNALS = 128;

    private static final int LAST_PORT = 65_535;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(
            names = {"-n", "--processes"},
            paramLabel = "N",
            required = true,
            description = "How many processes.")
    private int processes;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Where rank 0 listens, on 127.0.0.1. Default: a free one.")
    private @Nullable Integer port;

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "The command and its options, after --.")
    private List<String> words = List.of();

    @Override
    public Integer call() throws InterruptedException {
        if (processes < 1) {
            throw new ParameterException(
                    command.commandLine(), "--processes is " + processes + "; it must be at least 1");
        }
        if (port != null && (port < 1 || port > LAST_PORT)) {
            throw new ParameterException(
                    command.commandLine(), "--port is " + port + "; it must be from 1 to " + LAST_PORT);
        }
        Processes.requireOne();
        List<Process> started = new ArrayList<>();
        try (ExitHook _ = ExitHook.of("launch-end", () -> end(started))) {
            return run(started);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + processes + " processes", e);
        }
    }

    private int run(List<Process> started) throws IOException, InterruptedException {
        try {
            int address = port == null ? freePort() : port;
            for (int rank = 0; rank < processes; rank++) {
                started.add(start(rank, address));
            }
            return await(started);
        } finally {
            started.forEach(Process::destroy);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process start(int rank, int address) throws IOException {
        List<String> java = new ArrayList<>(java());
        java.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(java).inheritIO();
        Map<String, String> variables = builder.environment();
        variables.put("RANK", Integer.toString(rank));
        variables.put("LOCAL_RANK", Integer.toString(rank));
        variables.put("WORLD_SIZE", Integer.toString(processes));
        variables.put("LOCAL_WORLD_SIZE", Integer.toString(processes));
        variables.put("MASTER_ADDR", "127.0.0.1");
        variables.put("MASTER_PORT", Integer.toString(address));
        if (System.getProperty("os.name").startsWith("Linux")) {
            variables.putIfAbsent("GLOO_SOCKET_IFNAME", "lo");
        }
        int share = Math.max(1, Runtime.getRuntime().availableProcessors() / processes);
        variables.putIfAbsent("OMP_NUM_THREADS", Integer.toString(share));
        return builder.start();
    }

    /** The words that have started this process, up to the command's own. */
    private static List<String> java() {
        List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // A debugger's port is taken, and paths and modules follow below.
            if (!option.startsWith("-agentlib:jdwp") && !option.startsWith("-javaagent")) {
                java.add(option);
            }
        }
        Module own = Main.class.getModule();
        if (own.isNamed()) {
            java.addAll(List.of("-m", own.getName() + "/" + Main.class.getName()));
        } else {
            java.add("--enable-native-access=ALL-UNNAMED");
            java.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        }
        return java;
    }

    /** Asks all to end, waits until they have, since a training writes what was learnt first, and kills those that do not. */
    private static void end(List<Process> started) {
        started.forEach(Process::destroy);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ENDING_SECONDS);
        for (int rank = 0; rank < started.size(); rank++) {
            Process process = started.get(rank);
            process.onExit()
                    .completeOnTimeout(process, Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)
                    .join();
            if (process.isAlive()) {
                say("rank " + rank + " does not end and is killed");
                process.destroyForcibly().onExit().join();
            }
        }
    }

    /** Returns the first exit code that is not 0, after all have ended. */
    private static int await(List<Process> started) throws InterruptedException {
        int code = 0;
        while (code == 0 && started.stream().anyMatch(Process::isAlive)) {
            CompletableFuture.anyOf(started.stream()
                            .filter(Process::isAlive)
                            .map(Process::onExit)
                            .toArray(CompletableFuture[]::new))
                    .join();
            code = firstFailure(started);
        }
        if (started.stream().anyMatch(Process::isAlive)) {
            say("rank " + failed(started) + " " + ending(code) + "; the others have " + GRACE_SECONDS
                    + " s to end by themselves");
            endOthers(started);
        }
        return code != 0 ? code : firstFailure(started);
    }

    private static void endOthers(List<Process> started) throws InterruptedException {
        long grace = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
        for (Process process : started) {
            process.waitFor(Math.max(0, grace - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        end(started);
    }

    private static void say(String message) {
        System.err.println("mmgen launch: " + message);
    }

    private static String ending(int code) {
        return code > SIGNALS ? "was ended by signal " + (code - SIGNALS) : "has failed with exit code " + code;
    }

    private static int firstFailure(List<Process> started) {
        int rank = failed(started);
        return rank < 0 ? 0 : started.get(rank).exitValue();
    }

    /** Returns the first rank that has failed; -1 where none has. */
    private static int failed(List<Process> started) {
        for (int rank = 0; rank < started.size(); rank++) {
            if (!started.get(rank).isAlive() && started.get(rank).exitValue() != 0) {
                return rank;
            }
        }
        return -1;
    }
}
