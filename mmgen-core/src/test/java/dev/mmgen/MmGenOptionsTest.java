package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Machine;
import java.util.List;
import org.junit.jupiter.api.Test;

class MmGenOptionsTest {

    private static final long WEIGHTS = 1 << 20;
    private static final Machine SLOW = machine("fma avx2 avx512_bf16", 8 * WEIGHTS);
    private static final Machine FAST = machine("avx512_bf16 amx_bf16", 8 * WEIGHTS);
    private static final Machine SMALL = machine("avx2", 8 * WEIGHTS - 1024);
    private static final Machine UNKNOWN = new Machine(List.of(), List.of());

    private static Machine machine(String flags, long memory) {
        return new Machine(
                List.of("vendor_id\t: GenuineIntel", "flags\t\t: fpu " + flags),
                List.of("MemAvailable: " + memory / 1024 + " kB"));
    }

    private static DType type(MmGenOptions options, DType stored, Machine machine) {
        return options.weightType(stored, WEIGHTS, machine);
    }

    @Test
    void bfloat16IsWidenedWhereItIsSlowAndMemoryAllows() {
        MmGenOptions byDefault = MmGenOptions.DEFAULT;
        assertThat(type(byDefault, DType.BFLOAT16, SLOW)).isEqualTo(DType.FLOAT32);
        assertThat(type(byDefault, DType.BFLOAT16, FAST)).isEqualTo(DType.BFLOAT16);
        assertThat(type(byDefault, DType.BFLOAT16, SMALL)).isEqualTo(DType.BFLOAT16);
        assertThat(type(byDefault, DType.BFLOAT16, UNKNOWN)).isEqualTo(DType.BFLOAT16);
        assertThat(type(byDefault, DType.FLOAT16, SLOW)).isEqualTo(DType.FLOAT16);
        assertThat(type(byDefault.on(Device.cuda(0)), DType.BFLOAT16, SLOW)).isEqualTo(DType.BFLOAT16);
    }

    @Test
    void aTypeThatIsAskedForIsTaken() {
        assertThat(type(MmGenOptions.DEFAULT.in(DType.BFLOAT16), DType.FLOAT32, SLOW))
                .isEqualTo(DType.BFLOAT16);
    }

    @Test
    void restOfEightBitsIsInTheFasterType() {
        MmGenOptions eight = MmGenOptions.DEFAULT.in(DType.INT8);
        assertThat(type(eight, DType.BFLOAT16, SLOW)).isEqualTo(DType.FLOAT32);
        assertThat(type(eight, DType.BFLOAT16, FAST)).isEqualTo(DType.BFLOAT16);
        assertThat(type(eight, DType.FLOAT16, FAST)).isEqualTo(DType.FLOAT32);
    }
}
