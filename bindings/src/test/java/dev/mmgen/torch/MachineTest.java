package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineTest {

    @ParameterizedTest
    @CsvSource({
        "GenuineIntel, fma avx2, SLOWER",
        "GenuineIntel, avx512_bf16, SLOWER",
        "GenuineIntel, avx512_bf16 amx_bf16, FASTER",
        "AuthenticAMD, avx512_bf16, FASTER",
        "AuthenticAMD, avx2, SLOWER",
    })
    void processorsSayWhetherBfloat16IsFast(String vendor, String flags, Machine.Bfloat16 expected) {
        List<String> processor = List.of("processor\t: 0", "vendor_id\t: " + vendor, "flags\t\t: fpu " + flags);
        assertThat(new Machine(processor, List.of()).bfloat16()).isEqualTo(expected);
    }

    @Test
    void othersAreUnknown() {
        List<String> arm = List.of("processor\t: 0", "Features\t: fp asimd bf16");
        assertThat(new Machine(arm, List.of()).bfloat16()).isEqualTo(Machine.Bfloat16.UNKNOWN);
        assertThat(new Machine(List.of(), List.of()).bfloat16()).isEqualTo(Machine.Bfloat16.UNKNOWN);
    }

    @Test
    void availableMemoryIsInBytes() {
        Machine machine = new Machine(List.of(), List.of("MemTotal:  24684000 kB", "MemAvailable:   18132992 kB"));
        assertThat(machine.availableMemory()).hasValue(18_132_992L * 1024);
        assertThat(new Machine(List.of(), List.of()).availableMemory()).isEmpty();
    }
}
