package dev.mmgen.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.Device;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The device that {@code --device} names. */
class ComputeOptionsTest {

    private static final Map<String, String> LAUNCHED =
            Map.of("RANK", "5", "WORLD_SIZE", "8", "LOCAL_RANK", "1", "MASTER_ADDR", "node1");

    @Test
    void cudaIsTheGpuOfTheLocalRank() {
        assertThat(ComputeOptions.device("cuda", LAUNCHED)).isEqualTo(Device.cuda(1));
        assertThat(ComputeOptions.device("cuda", Map.of())).isEqualTo(Device.cuda(0));
    }

    @Test
    void aDeviceWithANumberIsThatOne() {
        assertThat(ComputeOptions.device("cuda:3", LAUNCHED)).isEqualTo(Device.cuda(3));
        assertThat(ComputeOptions.device("cpu", LAUNCHED)).isEqualTo(Device.CPU);
    }
}
