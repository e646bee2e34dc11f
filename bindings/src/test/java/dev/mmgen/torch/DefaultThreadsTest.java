package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefaultThreadsTest {

    @TempDir
    Path root;

    private final Map<String, String> properties = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @Test
    void thePropertyWinsOverTheVariable() {
        environment.put("OMP_NUM_THREADS", "3,1");
        assertThat(threads()).isEqualTo(new DefaultThreads(3, "environment variable OMP_NUM_THREADS"));
        properties.put("mmgen.threads", " 5 ");
        assertThat(threads()).isEqualTo(new DefaultThreads(5, "system property mmgen.threads"));
    }

    @Test
    void aSettingThatIsNoNumberIsRefusedAndAVariableIgnored() {
        environment.put("OMP_NUM_THREADS", "many");
        assertThat(threads().count()).isPositive();
        for (String bad : List.of("many", "0", "-1", "99999999999")) {
            properties.put("mmgen.threads", bad);
            assertThatThrownBy(this::threads)
                    .isInstanceOf(LibtorchException.class)
                    .hasMessageContaining("mmgen.threads is " + bad);
        }
    }

    @Test
    void hyperthreadsCountOnce() throws IOException {
        machine("0-7", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7");
        assertThat(DefaultThreads.ofMachine(8, root)).isEqualTo(new DefaultThreads(4, "one per physical core"));
    }

    @Test
    void coresWithoutHyperthreadsAllCount() throws IOException {
        machine("0-1", "0", "1");
        assertThat(DefaultThreads.ofMachine(2, root).count()).isEqualTo(2);
    }

    @Test
    void aQuotaOfTheJvmLimitsTheCores() throws IOException {
        machine("0-3", "0", "1", "2", "3");
        assertThat(DefaultThreads.ofMachine(1, root).count()).isEqualTo(1);
    }

    @Test
    void onlyProcessorsOfTheAffinityCount() throws IOException {
        machine("1,5,7", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7");
        assertThat(DefaultThreads.ofMachine(3, root).count()).isEqualTo(2);
    }

    @Test
    void withoutATopologyTheJvmsNumberCounts() throws IOException {
        assertThat(DefaultThreads.ofMachine(6, root).count()).isEqualTo(6);
        machine("0-3", "0", "1");
        assertThat(DefaultThreads.ofMachine(6, root).count()).isEqualTo(6);
        machine("x-y", "0", "1");
        assertThat(DefaultThreads.ofMachine(6, root).count()).isEqualTo(6);
    }

    private DefaultThreads threads() {
        return DefaultThreads.of(LoadSettings.of(properties::get, environment::get));
    }

    /** Makes the files of a machine: the affinity of the process, and the siblings of each processor. */
    private void machine(String allowed, String... siblings) throws IOException {
        Path status = root.resolve("proc/self/status");
        Files.createDirectories(status.getParent());
        Files.writeString(status, "Name:\tjava\nCpus_allowed_list:\t" + allowed + "\nMems_allowed_list:\t0\n");
        for (int i = 0; i < siblings.length; i++) {
            Path topology = root.resolve("sys/devices/system/cpu/cpu" + i + "/topology");
            Files.createDirectories(topology);
            Files.writeString(topology.resolve("core_cpus_list"), siblings[i] + "\n");
        }
    }
}
