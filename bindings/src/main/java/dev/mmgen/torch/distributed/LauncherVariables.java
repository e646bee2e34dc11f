package dev.mmgen.torch.distributed;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The environment variables in which launchers tell a process its place; {@link GroupConfig#fromEnvironment} has the order. */
record LauncherVariables(Map<String, String> variables) {

    /** Ports from here on are free for programs on most systems; those above 32768 are lent to outgoing connections. */
    private static final int FIRST_PORT = 20_000;

    private static final int PORTS = 10_000;

    /** A rank as a launcher tells it, with the variable that tells its number on the machine. */
    private record Place(int rank, int size, String local) {

        boolean contradicts(Place other) {
            return rank != other.rank || size != other.size;
        }
    }

    Optional<GroupConfig> read() {
        Place torchrun = place("RANK", "WORLD_SIZE", "LOCAL_RANK");
        Place openMpi = place("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK");
        Place pmi = place("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID");
        Place slurm =
                variables.containsKey("SLURM_STEP_ID") ? place("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID") : null;
        if (torchrun != null) {
            return Optional.of(config(torchrun, "RANK", "127.0.0.1", GroupConfig.DEFAULT_PORT));
        }
        if (openMpi != null && pmi != null && openMpi.contradicts(pmi)) {
            throw new IllegalArgumentException("OMPI_COMM_WORLD_RANK and _SIZE say rank " + openMpi.rank + " of "
                    + openMpi.size + ", PMI_RANK and PMI_SIZE say rank " + pmi.rank + " of " + pmi.size
                    + "; unset one pair, or set RANK and WORLD_SIZE");
        }
        if (openMpi != null) {
            return Optional.of(
                    config(openMpi, "OMPI_COMM_WORLD_RANK", local("OMPI_COMM_WORLD_LOCAL_SIZE", openMpi), port()));
        }
        if (pmi != null) {
            return Optional.of(config(pmi, "PMI_RANK", local("MPI_LOCALNRANKS", pmi), port()));
        }
        return slurm == null ? Optional.empty() : Optional.of(config(slurm, "SLURM_PROCID", firstNode(), port()));
    }

    private GroupConfig config(Place place, String source, @Nullable String defaultHost, int defaultPort) {
        String host = variables.getOrDefault("MASTER_ADDR", place.size == 1 ? "127.0.0.1" : defaultHost);
        if (host == null) {
            throw new IllegalArgumentException(
                    source + " is set, but nothing says where rank 0 listens; set MASTER_ADDR to its"
                            + " machine and MASTER_PORT to a free port, the same for all processes");
        }
        int port = variables.containsKey("MASTER_PORT") ? number("MASTER_PORT") : defaultPort;
        Duration timeout = variables.containsKey("MMGEN_GROUP_TIMEOUT")
                ? Duration.ofSeconds(number("MMGEN_GROUP_TIMEOUT"))
                : GroupConfig.DEFAULT_TIMEOUT;
        return GroupConfig.of(place.rank, place.size)
                .withLocalRank(variables.containsKey(place.local) ? number(place.local) : place.rank)
                .at(host, port)
                .withJob(job())
                .withHosted("True".equalsIgnoreCase(variables.get("TORCHELASTIC_USE_AGENT_STORE")))
                .withTimeout(timeout);
    }

    /** torchrun counts its restarts, and its store outlives them. */
    private String job() {
        for (String name : new String[] {
            "TORCHELASTIC_RUN_ID", "OMPI_MCA_ess_base_jobid", "PMIX_NAMESPACE", "PMI_JOBID", "SLURM_JOB_ID"
        }) {
            String job = variables.get(name);
            if (job != null) {
                return job + "/" + variables.getOrDefault("TORCHELASTIC_RESTART_COUNT", "0");
            }
        }
        return "";
    }

    private @Nullable String local(String localSize, Place place) {
        return variables.containsKey(localSize) && number(localSize) == place.size ? "127.0.0.1" : null;
    }

    /** Made of the job's number; the parent's process number, which ranks on one machine share, stands in for it. */
    private int port() {
        String job = job();
        long seed = job.isEmpty()
                ? ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L)
                : job.hashCode();
        return FIRST_PORT + (int) Math.floorMod(seed, PORTS);
    }

    /** The first name of a list such as {@code node[03-07,12],login}. */
    private @Nullable String firstNode() {
        String list = variables.getOrDefault("SLURM_STEP_NODELIST", variables.get("SLURM_NODELIST"));
        if (list == null) {
            return null;
        }
        int bracket = list.indexOf('[');
        int comma = list.indexOf(',');
        if (bracket < 0 || comma >= 0 && comma < bracket) {
            return comma < 0 ? list : list.substring(0, comma);
        }
        Matcher number = Pattern.compile("\\d+").matcher(list.substring(bracket));
        return number.find() ? list.substring(0, bracket) + number.group() : null;
    }

    private @Nullable Place place(String rank, String size, String local) {
        boolean hasRank = variables.containsKey(rank);
        if (hasRank != variables.containsKey(size)) {
            throw new IllegalArgumentException(
                    (hasRank ? rank : size) + " is set without " + (hasRank ? size : rank) + "; set both, or none");
        }
        if (!hasRank) {
            return null;
        }
        Place place = new Place(number(rank), number(size), local);
        if (place.rank < 0 || place.rank >= place.size) {
            throw new IllegalArgumentException(rank + " is " + place.rank + " and " + size + " is " + place.size
                    + "; ranks count from 0 to the number of processes less 1");
        }
        return place;
    }

    private int number(String name) {
        String value = variables.getOrDefault(name, "");
        try {
            return Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is '" + value + "'; it must be a whole number below 2^31", e);
        }
    }
}
