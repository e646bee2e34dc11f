package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.torch.Device;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The variables that launchers set, and what they come to. */
class GroupConfigTest {

    private static GroupConfig read(String... pairs) {
        return GroupConfig.fromEnvironment(map(pairs)).orElseThrow();
    }

    private static Map<String, String> map(String... pairs) {
        var map = new TreeMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static void assertRefused(String words, String... pairs) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GroupConfig.fromEnvironment(map(pairs)))
                .withMessageContaining(words);
    }

    @Test
    void withoutALauncherThereIsNoGroup() {
        assertThat(GroupConfig.fromEnvironment(Map.of("PATH", "/bin"))).isEmpty();
    }

    @Test
    void readsTorchrun() {
        GroupConfig config = read(
                "RANK",
                "2",
                "WORLD_SIZE",
                "4",
                "MASTER_ADDR",
                "node1",
                "MASTER_PORT",
                "1234",
                "TORCHELASTIC_RUN_ID",
                "job",
                "TORCHELASTIC_RESTART_COUNT",
                "3",
                "TORCHELASTIC_USE_AGENT_STORE",
                "True",
                "MMGEN_GROUP_TIMEOUT",
                "7");
        assertThat(config)
                .isEqualTo(GroupConfig.of(2, 4)
                        .at("node1", 1234)
                        .withJob("job/3")
                        .withHosted(true)
                        .withTimeout(Duration.ofSeconds(7)));
    }

    @Test
    void readsOpenMpiOnOneMachine() {
        GroupConfig config = read(
                "OMPI_COMM_WORLD_RANK",
                "1",
                "OMPI_COMM_WORLD_SIZE",
                "2",
                "OMPI_COMM_WORLD_LOCAL_SIZE",
                "2",
                "PMIX_NAMESPACE",
                "prterun-7");
        assertThat(config.rank()).isEqualTo(1);
        assertThat(config.host()).isEqualTo("127.0.0.1");
        assertThat(config.port()).isBetween(20_000, 29_999);
        assertThat(config.job()).isEqualTo("prterun-7/0");
    }

    @Test
    void mpiOnSeveralMachinesNeedsAnAddress() {
        assertRefused("set MASTER_ADDR", "PMI_RANK", "1", "PMI_SIZE", "4", "MPI_LOCALNRANKS", "2");
        assertThat(read("PMI_RANK", "1", "PMI_SIZE", "4", "MASTER_ADDR", "a").host())
                .isEqualTo("a");
    }

    @Test
    void readsSlurmsFirstNode() {
        String[] step = {"SLURM_PROCID", "3", "SLURM_NTASKS", "8", "SLURM_STEP_ID", "0", "SLURM_JOB_ID", "77"};
        for (var list : Map.of("node[03-07,12]", "node03", "a,b[1-2]", "a", "gpu7", "gpu7")
                .entrySet()) {
            Map<String, String> variables = map(step);
            variables.put("SLURM_STEP_NODELIST", list.getKey());
            GroupConfig config = GroupConfig.fromEnvironment(variables).orElseThrow();
            assertThat(config.host()).isEqualTo(list.getValue());
            assertThat(config.rank()).isEqualTo(3);
        }
    }

    @Test
    void eachProcessOfAMachineHasAGpuOfItsOwn() {
        for (String[] variables : new String[][] {
            {"RANK", "5", "WORLD_SIZE", "8", "LOCAL_RANK", "1", "MASTER_ADDR", "a"},
            {
                "OMPI_COMM_WORLD_RANK",
                "5",
                "OMPI_COMM_WORLD_SIZE",
                "8",
                "OMPI_COMM_WORLD_LOCAL_RANK",
                "1",
                "MASTER_ADDR",
                "a"
            },
            {"PMI_RANK", "5", "PMI_SIZE", "8", "MPI_LOCALRANKID", "1", "MASTER_ADDR", "a"},
            {"SLURM_PROCID", "5", "SLURM_NTASKS", "8", "SLURM_STEP_ID", "0", "SLURM_LOCALID", "1", "MASTER_ADDR", "a"}
        }) {
            assertThat(read(variables).gpu()).isEqualTo(Device.cuda(1));
        }
        assertThat(GroupConfig.of(1, 2).gpu()).as("all on this machine").isEqualTo(Device.cuda(1));
        assertRefused("local rank 2 of 2", "RANK", "1", "WORLD_SIZE", "2", "LOCAL_RANK", "2");
    }

    @Test
    void aBatchScriptOfSlurmIsOneProcess() {
        assertThat(GroupConfig.fromEnvironment(map("SLURM_PROCID", "0", "SLURM_NTASKS", "8")))
                .isEmpty();
    }

    @Test
    void theInnerLauncherCounts() {
        String[] both = {"SLURM_PROCID", "0", "SLURM_NTASKS", "1", "SLURM_STEP_ID", "0", "RANK", "5", "WORLD_SIZE", "6"
        };
        assertThat(read(both).rank()).isEqualTo(5);
    }

    @Test
    void contradictionsAndHalfPairsAreRefused() {
        assertRefused("RANK is set without WORLD_SIZE", "RANK", "0");
        assertRefused("OMPI_COMM_WORLD_SIZE is set without", "OMPI_COMM_WORLD_SIZE", "2");
        assertRefused(
                "say rank 1 of 2",
                "OMPI_COMM_WORLD_RANK",
                "0",
                "OMPI_COMM_WORLD_SIZE",
                "2",
                "PMI_RANK",
                "1",
                "PMI_SIZE",
                "2");
        assertRefused("RANK is 'x'", "RANK", "x", "WORLD_SIZE", "2");
        assertRefused("RANK is 2 and WORLD_SIZE is 2", "RANK", "2", "WORLD_SIZE", "2");
        assertRefused("WORLD_SIZE is '9999999999'", "RANK", "2", "WORLD_SIZE", "9999999999");
        assertRefused("the host is ''; name the machine", "RANK", "0", "WORLD_SIZE", "2", "MASTER_ADDR", "");
        assertRefused("the timeout is PT0S", "RANK", "0", "WORLD_SIZE", "1", "MMGEN_GROUP_TIMEOUT", "0");
    }
}
