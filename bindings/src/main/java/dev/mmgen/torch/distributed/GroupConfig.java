package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Device;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The place of a process among others, and where they meet.
 *
 * @param rank    of this process, from 0
 * @param size    the world size: how many processes there are
 * @param localRank of this process among those of its machine, from 0: the number of its GPU
 * @param host    where rank 0 listens while the group is open; ignored with a file
 * @param port    of rank 0, the same in all processes; ignored with a file
 * @param file    a file that all processes see and none has made yet, in place of host and port; null for none
 * @param hosted  true if the launcher itself listens at host and port, as torchrun does for its workers
 * @param job     the same in all processes of a group; processes of another job that meet at the address are refused
 * @param timeout of meeting, and of every exchange; 10 minutes unless set
 */
public record GroupConfig(
        int rank,
        int size,
        int localRank,
        String host,
        int port,
        @Nullable Path file,
        boolean hosted,
        String job,
        Duration timeout) {

    /** The time for which the slowest rank may let the others wait: a checkpoint of a large model on a slow disk. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);

    /** The port of PyTorch's launchers. */
    public static final int DEFAULT_PORT = 29_500;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a rank is not below the world size, the port is none, the host blank, or the timeout below
     *     a millisecond
     */
    public GroupConfig {
        if (size < 1 || rank < 0 || rank >= size) {
            throw new IllegalArgumentException(
                    "rank " + rank + " of " + size + " processes; ranks count from 0 to the world size less 1");
        }
        if (localRank < 0 || localRank >= size) {
            throw new IllegalArgumentException("local rank " + localRank + " of " + size
                    + " processes; they count from 0 on each machine, to the world size less 1 at most");
        }
        if (file == null && (port < 1 || port > 65_535)) {
            throw new IllegalArgumentException("the port is " + port + "; it must be from 1 to 65535");
        }
        if (file == null && host.isBlank()) {
            throw new IllegalArgumentException("the host is '" + host + "'; name the machine of rank 0 (MASTER_ADDR)");
        }
        Objects.requireNonNull(job, "job");
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("the timeout is " + timeout + "; it must be at least a millisecond");
        }
    }

    /** Rank {@code rank} of {@code size} processes on this machine, which meet at {@link #DEFAULT_PORT}. */
    public static GroupConfig of(int rank, int size) {
        return new GroupConfig(rank, size, rank, "127.0.0.1", DEFAULT_PORT, null, false, "", DEFAULT_TIMEOUT);
    }

    /**
     * Reads what a launcher has told this process in its environment. The first of these that is there counts, so that of
     * launchers inside each other the inner one does:
     * <ol>
     *   <li>torchrun, Kubernetes' PyTorchJob, {@code mmgen launch}: {@code RANK}, {@code WORLD_SIZE};
     *   <li>OpenMPI: {@code OMPI_COMM_WORLD_RANK}, {@code OMPI_COMM_WORLD_SIZE};
     *   <li>PMI (MPICH, Intel MPI): {@code PMI_RANK}, {@code PMI_SIZE};
     *   <li>Slurm's {@code srun}: {@code SLURM_PROCID}, {@code SLURM_NTASKS}, {@code SLURM_STEP_ID}; a batch script itself, which has
     *       no step, is one process.
     * </ol>
     * The local rank is that of {@code LOCAL_RANK}, {@code OMPI_COMM_WORLD_LOCAL_RANK}, {@code MPI_LOCALRANKID} or
     * {@code SLURM_LOCALID}, and the rank itself where the launcher has not set its own. OpenMPI and PMI that contradict each other are an error, and so is one variable of a pair without the other. Rank 0 listens at
     * {@code MASTER_ADDR} and {@code MASTER_PORT}. Without them it is the first node of a Slurm step, or this machine where MPI says
     * that all ranks are on it, and a port that is made of the job's number. {@code MMGEN_GROUP_TIMEOUT}, in seconds, sets the timeout,
     * {@code GLOO_SOCKET_IFNAME} chooses the network interface.
     *
     * @return empty where no launcher has left anything
     * @throws IllegalArgumentException if variables contradict each other, are no numbers, or tell no address
     */
    public static Optional<GroupConfig> fromEnvironment() {
        return fromEnvironment(System.getenv());
    }

    /** Reads the given variables in place of the environment's. */
    public static Optional<GroupConfig> fromEnvironment(Map<String, String> variables) {
        return new LauncherVariables(variables).read();
    }

    /** Returns the same place with an address of rank 0. */
    public GroupConfig at(String newHost, int newPort) {
        return new GroupConfig(rank, size, localRank, newHost, newPort, null, hosted, job, timeout);
    }

    /** Returns the same place with a file to meet in. */
    public GroupConfig withFile(Path newFile) {
        return new GroupConfig(rank, size, localRank, host, port, newFile, false, job, timeout);
    }

    /** Returns the same place where a launcher listens, or does not. */
    public GroupConfig withHosted(boolean now) {
        return new GroupConfig(rank, size, localRank, host, port, file, now, job, timeout);
    }

    /** Returns the same place in a named job. */
    public GroupConfig withJob(String newJob) {
        return new GroupConfig(rank, size, localRank, host, port, file, hosted, newJob, timeout);
    }

    /** Returns the same place with a timeout. */
    public GroupConfig withTimeout(Duration newTimeout) {
        return new GroupConfig(rank, size, localRank, host, port, file, hosted, job, newTimeout);
    }

    /** Returns the same place with a number among the processes of this machine. */
    public GroupConfig withLocalRank(int newLocalRank) {
        return new GroupConfig(rank, size, newLocalRank, host, port, file, hosted, job, timeout);
    }

    /** Returns the GPU of this process where each process of a machine has one of its own: that of its local rank. */
    public Device gpu() {
        return Device.cuda(localRank);
    }

    /** Returns this process's place among all, for messages. */
    String self() {
        return "rank " + rank + " of " + size;
    }

    /** Returns the timeout, for messages. */
    String seconds() {
        return Math.max(1, timeout.toSeconds()) + " s";
    }

    /** Returns where the processes meet, for messages. */
    String place() {
        return file == null ? host + ":" + port : file.toString();
    }
}
